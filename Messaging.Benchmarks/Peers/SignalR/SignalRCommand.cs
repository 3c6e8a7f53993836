using Messaging.Benchmarks.Commands;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Messaging.Benchmarks.Peers.SignalR;

/// <summary>A SignalR server in a process of its own, for `peers` to start.</summary>
internal sealed class SignalRCommand : ICommand
{
    public string Name => "serve-signalr";

    public string Summary => "a SignalR hub for `peers`";

    public bool IsHidden => true;

    public string Help => "serve-signalr --port N: started by `peers`, and killed by it.";

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var port = arguments.TakeNumber("--port", 5090, 1, ushort.MaxValue);
        arguments.RefuseOthers();

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<RelayAddresses>();
        builder.Services.AddSignalR().AddMessagePackProtocol();
        await using var app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{port}");
        app.MapHub<RelayHub>("/hub");
        await app.StartAsync(cancellationToken);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        return ExitCode.Success;
    }
}
