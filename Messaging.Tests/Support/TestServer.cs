using Grpc.Net.Client;
using Messaging.Service.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace Messaging.Tests.Support;

/// <summary>The real service on Kestrel, in this process, on a port and in a folder of its own.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly TemporaryFolder folder;
    private readonly string[] settings;
    private readonly Action<WebApplicationBuilder>? configure;
    private readonly ErrorLog errors = new();
    private readonly List<string> alarms = [];
    private WebApplication? app;

    private TestServer(TemporaryFolder folder, string[] settings, Action<WebApplicationBuilder>? configure)
    {
        this.folder = folder;
        this.settings = settings;
        this.configure = configure;
    }

    /// <summary>Where it listens: any free port, and the same again after a restart.</summary>
    public string Address { get; private set; } = "http://127.0.0.1:0";

    public GrpcChannel Channel { get; private set; } = null!;

    /// <summary>The parts of the server that runs now.</summary>
    public IServiceProvider Services => app!.Services;

    /// <summary>The ledger's file.</summary>
    public string LedgerPath => folder.File("ledger.db");

    /// <param name="settings">Command-line settings, such as <c>--Messaging:Delivery:Window=4</c>.</param>
    public static Task<TestServer> StartAsync(params string[] settings) => StartAsync(configure: null, settings);

    /// <param name="configure">Puts something of the test's own in place of a part of the service.</param>
    /// <param name="settings">Command-line settings.</param>
    public static async Task<TestServer> StartAsync(Action<WebApplicationBuilder>? configure, params string[] settings)
    {
        var server = new TestServer(TemporaryFolder.Create(), settings, configure);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>An alarm that the test provokes: it must be logged, and does not fail the test.</summary>
    public void ExpectAlarm(string text) => alarms.Add(text);

    /// <summary>
    /// Takes the right to write the ledger's file away from the server until it is given back: whatever wants to be
    /// stored meanwhile is refused for now, which the server logs as an error.
    /// </summary>
    public async Task<IAsyncDisposable> OccupyStoreAsync()
    {
        ExpectAlarm("could not be written and is refused for now");
        var connection = new SqliteConnection($"Data Source={LedgerPath};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    /// <summary>Ends the server as on a shut-down, and starts another on the same ledger and port.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAgainAsync();
    }

    public async Task StopAsync()
    {
        if (app is null)
            return;
        await app.StopAsync().InTime("the server stops");
        await app.DisposeAsync().InTime("the server is gone");
        app = null;
    }

    public async Task StartAgainAsync()
    {
        app = Create();
        await app.StartAsync().InTime("the server starts");
        Address = app.Urls.First();
        Channel?.Dispose();
        Channel = GrpcChannel.ForAddress(Address);
    }

    public Task<ProbeDevice> ConnectAsync(
        string name, Grpc.Core.Metadata? headers = null, Func<int, bool>? acknowledges = null) =>
        ProbeDevice.ConnectAsync(Channel.CreateCallInvoker(), name, headers, acknowledges);

    public async ValueTask DisposeAsync()
    {
        Channel?.Dispose();
        await StopAsync();
        folder.Dispose();

        foreach (var alarm in alarms)
            Assert.That(errors.Entries, Has.Some.Contains(alarm), "the alarm is logged");
        Assert.That(
            errors.Entries.Where(entry => !alarms.Exists(alarm => entry.Contains(alarm, StringComparison.Ordinal))),
            Is.Empty, "the server logged errors");
    }

    private WebApplication Create() => MessagingApplication.Create(
        ["--urls", Address, "--environment", "Development", $"--Messaging:Ledger:Path={LedgerPath}",
            "--Messaging:Telemetry:Listen=", .. settings],
        builder =>
        {
            builder.Logging.ClearProviders();
            builder.Logging.AddProvider(errors);
            configure?.Invoke(builder);
        });
}
