using Messaging.Service.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Messaging.Tests.Sync;

/// <summary>The service itself, on a port of its own and with a ledger of its own.</summary>
internal sealed class RunningService : IAsyncDisposable
{
    private readonly string _folder;

    private RunningService(WebApplication app, string folder)
    {
        (App, _folder) = (app, folder);
        Address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
    }

    public WebApplication App { get; }

    public string Address { get; }

    public static async Task<RunningService> StartAsync(params string[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("messaging-sync-").FullName;
        string[] args =
        [
            "--environment", "Development", "--urls", "http://127.0.0.1:0", "--Messaging:Telemetry:Listen=",
            $"--Messaging:Ledger:Path={Path.Combine(folder, "ledger.db")}", .. settings,
        ];
        var app = MessagingApplication.Create(args, builder => builder.Logging.SetMinimumLevel(LogLevel.Error));
        await app.StartAsync();
        return new RunningService(app, folder);
    }

    public TestDevice Connect(string user, string device, params (string Name, string Value)[] headers) =>
        new(Address, user, device, headers);

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
