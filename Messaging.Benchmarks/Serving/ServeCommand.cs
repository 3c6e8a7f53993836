using System.Diagnostics;
using System.Text.Json;
using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Echo;
using Messaging.Benchmarks.StoreOff;
using Messaging.Service.Hosting;
using Messaging.Service.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Messaging.Benchmarks.Serving;

/// <summary>
/// A server in a process of its own, for the commands to start: says where it listens, then a sample of its runtime for
/// each line it reads, and stops when there are no more.
/// </summary>
internal sealed class ServeCommand(ServedKind kind) : ICommand
{
    // What is measured is how fast it can be, by a few devices that do what thousands would.
    private static readonly string[] WithoutRates =
    [
        "--Messaging:Limits:MessagesPerSecond=0", "--Messaging:Limits:BytesPerSecond=0",
        "--Messaging:Limits:UserMessagesPerSecond=0", "--Messaging:Limits:UserBytesPerSecond=0",
        "--Messaging:Limits:DevicesPerUser=0", "--Messaging:Limits:OpeningsPerMinute=0",
        "--Messaging:Streams:FramesPerSecond=0", "--Messaging:Streams:BytesPerSecond=0",
        "--Messaging:Connections:Total=0", "--Messaging:Connections:PerAddress=0",
    ];

    public string Name => NameOf(kind);

    public string Summary => "a server for the other commands";

    public bool IsHidden => true;

    public string Help => $"""
        {Name}: started by the other commands; ends with its standard input.

          --ledger FILE      where the service keeps its ledger
          --urls URL         where it listens   (http://127.0.0.1:0)
        """;

    public static string NameOf(ServedKind kind) => kind switch
    {
        ServedKind.Service => "serve",
        ServedKind.WithoutStore => "serve-without-store",
        ServedKind.Echo => "serve-echo",
        _ => throw new UnreachableException(),
    };

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var ledger = arguments.TakeText("--ledger") ?? "unused";
        var urls = arguments.TakeText("--urls") ?? "http://127.0.0.1:0";
        arguments.RefuseOthers();

        await using var app = MessagingApplication.Create(
            [
                "--urls", urls, "--environment", "Development", $"--Messaging:Ledger:Path={Path.GetFullPath(ledger)}",
                .. WithoutRates,
            ],
            Configure);
        if (kind == ServedKind.Echo)
            app.MapGrpcService<EchoEndpoint>().AllowAnonymous();
        await app.StartAsync(cancellationToken);

        var served = new Served(new Uri(app.Urls.First()));
        await Console.Out.WriteLineAsync(JsonSerializer.Serialize(served, ServingJson.Default.Served));
        while (await Console.In.ReadLineAsync(cancellationToken) is not null)
            await Console.Out.WriteLineAsync(
                JsonSerializer.Serialize(RuntimeSample.Here(), ServingJson.Default.RuntimeSample));
        await app.StopAsync(CancellationToken.None);
        return ExitCode.Success;
    }

    private void Configure(WebApplicationBuilder builder)
    {
        // Standard output is for whoever started it.
        builder.Services.Configure<ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (kind != ServedKind.Service)
            builder.Services.AddSingleton<OpenLedger>((_, _) => Task.FromResult<ILedger>(new MemoryLedger()));
    }
}
