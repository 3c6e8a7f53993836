using Grpc.Core;
using Messaging.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Messaging.Tests.Client.Support;

internal delegate Task SyncScript(
    IAsyncStreamReader<Frame> up, IServerStreamWriter<Frame> down, ServerCallContext call);

/// <summary>A real server on a free port whose every stream runs the test's script.</summary>
internal sealed class KestrelScript : IAsyncDisposable
{
    private readonly WebApplication _app;

    private KestrelScript(WebApplication app) => _app = app;

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!
        .Addresses.Single());

    public static async Task<KestrelScript> StartAsync(SyncScript script)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(script);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0,
            listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        app.MapGrpcService<Scripted>();
        await app.StartAsync();
        return new KestrelScript(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private sealed class Scripted(SyncScript script) : MessagingService.MessagingServiceBase
    {
        public override Task Sync(
            IAsyncStreamReader<Frame> requestStream, IServerStreamWriter<Frame> responseStream,
            ServerCallContext context) => script(requestStream, responseStream, context);
    }
}
