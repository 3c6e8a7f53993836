using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Messaging.Service.Operations;

/// <summary>
/// A web server of its own for whoever watches the service: <c>/metrics</c>, <c>/livez</c>, <c>/readyz</c>. It is there
/// before the ledger is open and until it is closed, and nothing of it is on the port of the devices.
/// </summary>
internal sealed class OperatorsPort(
    TelemetryOptions options, ServiceHealth health, IServiceProvider services, ILoggerFactory loggers,
    ILogger<OperatorsPort> logger) : IHostedService, IDisposable
{
    private const int MaxConnections = 64;

    private KestrelServer? _server;

    /// <summary>Where it listens; null where it does not.</summary>
    public Uri? Address { get; private set; }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Listen.Length == 0)
            return;

        var kestrel = new KestrelServerOptions { ApplicationServices = services, AddServerHeader = false };
        kestrel.Limits.MaxConcurrentConnections = MaxConnections;
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Listen(IPEndPoint.Parse(options.Listen), listen => listen.Protocols = HttpProtocols.Http1);
        _server = new KestrelServer(
            Options.Create(kestrel), new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers), loggers);
        try
        {
            await _server.StartAsync(new Application(Pipeline()), cancellationToken);
        }
        catch (IOException taken)
        {
            // That nobody can look must not keep the messages from going.
            OperationsLog.CannotListen(logger, options.Listen, taken.Message);
            return;
        }

        Address = new Uri(_server.Features.Get<IServerAddressesFeature>()!.Addresses.First());
        OperationsLog.Listens(logger, Address.ToString());
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) =>
        _server?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public void Dispose() => _server?.Dispose();

    private RequestDelegate Pipeline()
    {
        var app = new ApplicationBuilder(services);
        app.UseOpenTelemetryPrometheusScrapingEndpoint();
        app.Map("/livez", live => live.Run(context => AnswerAsync(context, health.State < HealthState.Failed)));
        app.Map("/readyz", ready => ready.Run(context => AnswerAsync(context, health.State == HealthState.Ready)));
        app.Run(context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        return app.Build();
    }

    private Task AnswerAsync(HttpContext context, bool isWell)
    {
        context.Response.StatusCode = isWell ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain";
        return context.Response.WriteAsync($"{health.State}\n", context.RequestAborted);
    }

    /// <summary>Without the host's own pipeline: a scrape is no request that anybody traces or counts.</summary>
    private sealed class Application(RequestDelegate pipeline) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) => pipeline(context);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }
    }
}
