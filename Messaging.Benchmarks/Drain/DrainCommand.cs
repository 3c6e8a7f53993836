using System.Diagnostics;
using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Floor;
using Messaging.Benchmarks.Measuring;
using Messaging.Benchmarks.Processes;
using Messaging.Benchmarks.Reporting;
using Messaging.Benchmarks.Serving;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Drain;

/// <summary>A device that comes back to a queue.</summary>
internal sealed class DrainCommand : ICommand
{
    private const int HeatSeconds = 15;
    private const int GoalPerSecond = 100_000;

    private static readonly TimeSpan Syncing = TimeSpan.FromSeconds(1);

    public string Name => "drain";

    public string Summary => "how fast a device that was away gets what has gathered";

    public string Help => """
        drain: starts the service, queues messages for a device that is away, and lets it come back.

        The device acknowledges every 32 messages, half of the window that the service gives it; each
        acknowledgement is durable before the window moves on. Measured from its first byte to its last message.

          --messages N       messages in the queue                                (20000)
          --payload BYTES    payload of each                                      (256)
          --heat N           seconds of the same before, for the service's JIT    (15)
          --repeat N         repetitions, each with fresh users                   (5)
          --patience N       seconds within which a repetition must be over       (120)
          --pin              the service on one core, the load on another
          --dir DIRECTORY    on which disk the ledger is                          (the temporary directory)
          --json FILE        writes the figures too; - for standard output
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var messages = arguments.TakeNumber("--messages", 20_000, 1, 1_000_000);
        var payload = arguments.TakeNumber("--payload", 256, 0, 256 * 1024);
        var repeat = arguments.TakeNumber("--repeat", 5, 1, 1_000);
        var patience = arguments.TakeSeconds("--patience", 120, 1);
        var heat = arguments.TakeSeconds("--heat", HeatSeconds, 0);
        var isPinned = arguments.TakeFlag("--pin");
        var directory = arguments.TakeDirectory("--dir");
        var jsonFile = arguments.TakeText("--json");
        arguments.RefuseOthers();

        SingleThreadSockets.Enable();
        using var folder = new TemporaryFolder(directory);
        await using var service = await ServerProcess.StartAsync(
            ServedKind.Service, folder, Pinning.ServerCore(isPinned));
        var run = new DrainRun(new DrainOptions(service.Url, messages, payload, patience), service);
        await Console.Error.WriteLineAsync("heating the service");
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < heat;)
            await run.RunAsync(cancellationToken);

        var (results, syncs) = (new List<DrainResult>(), new List<double>());
        for (var i = 1; i <= repeat; i++)
        {
            results.Add(await run.RunAsync(cancellationToken));
            await Console.Error.WriteLineAsync(
                $"repetition {i} of {repeat}: {results[^1].DrainedPerSecond:N0} messages/s");
            syncs.Add(Quantiles.Of(SyncFloor.Measure(folder.File("sync"), Syncing, cancellationToken)).P50);
        }

        await ReportWriter.WriteAsync(jsonFile, cancellationToken, Report(messages, payload, isPinned, results, syncs));
        return ExitCode.Success;
    }

    private Report Report(int messages, int payload, bool isPinned, List<DrainResult> results, List<double> syncs)
    {
        double[] drained = [.. results.Select(result => result.DrainedPerSecond)];
        var settings = new Dictionary<string, string>
        {
            ["messages"] = $"{messages}", ["payload"] = $"{payload}", ["pinned"] = isPinned ? "yes" : "no",
        };
        return new Report(
            Name, settings,
            [
                new Figure("queued", "messages/s", Better.Higher, [.. results.Select(r => r.QueuedPerSecond)]),
                new Figure("drained", "messages/s", Better.Higher, drained),
                new Figure("server CPU", "% of a core", Better.Neither, [.. results.Select(r => 100 * r.ServerCpu!.Value)]),
                new Figure("sync p50", "ms", Better.Lower, syncs, IsFloor: true),
            ],
            [
                new Goal(
                    $"messages/s of {messages} queued", true, GoalPerSecond, drained,
                    $"sync p50 {Text.Of(Spread.Of(syncs).Median)} ms"),
            ]);
    }
}
