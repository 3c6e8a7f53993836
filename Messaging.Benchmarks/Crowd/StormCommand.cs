using System.Diagnostics;
using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Measuring;
using Messaging.Benchmarks.Processes;
using Messaging.Benchmarks.Reporting;
using Messaging.Benchmarks.Serving;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Crowd;

/// <summary>Thousands of devices that come back at the same moment.</summary>
internal sealed class StormCommand : ICommand
{
    private const int AtOnceBefore = 256;

    public string Name => "storm";

    public string Summary => "how long it takes until thousands that were cut off are back";

    public string Help => """
        storm: connects many devices, cuts all of them off at once, and has all of them reconnect at once.

        Measured until every device has its first position again. A connection that fails is tried again within
        a second, and counted. In each repetition a service is started anew.

          --devices N        devices                                              (10000)
          --restart          the service is stopped and started on the same ledger in between
          --repeat N         repetitions                                          (3)
          --patience N       seconds within which all must be back                (60)
          --pin              the service on one core, the load on another
          --dir DIRECTORY    on which disk the ledger is                          (the temporary directory)
          --json FILE        writes the figures too; - for standard output

        Where the limit of open files allows fewer devices, as many as it allows.
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var devices = FileHandles.Clamp(arguments.TakeNumber("--devices", 10_000, 1, 25_000), Console.Error);
        var isRestarted = arguments.TakeFlag("--restart");
        var repeat = arguments.TakeNumber("--repeat", 3, 1, 1_000);
        var patience = arguments.TakeSeconds("--patience", 60, 1);
        var isPinned = arguments.TakeFlag("--pin");
        var directory = arguments.TakeDirectory("--dir");
        var jsonFile = arguments.TakeText("--json");
        arguments.RefuseOthers();

        SingleThreadSockets.Enable();
        var results = new List<StormResult>();
        for (var i = 1; i <= repeat; i++)
        {
            await Console.Error.WriteLineAsync($"repetition {i} of {repeat}");
            using var folder = new TemporaryFolder(directory);
            results.Add(await RunAsync(
                devices, patience, isRestarted, folder, Pinning.ServerCore(isPinned), cancellationToken));
            await Console.Error.WriteLineAsync($"all back after {Text.Of(results[^1].AllBackSeconds)} s");
        }

        var settings = new Dictionary<string, string>
        {
            ["devices"] = $"{devices}",
            ["restarted"] = isRestarted ? "yes" : "no",
            ["pinned"] = isPinned ? "yes" : "no",
        };
        await ReportWriter.WriteAsync(
            jsonFile, cancellationToken, new Report(Name, settings, [.. Figures(results)], []));
        return ExitCode.Success;
    }

    private static async Task<StormResult> RunAsync(
        int devices, TimeSpan patience, bool isRestarted, TemporaryFolder folder, int? core,
        CancellationToken cancellationToken)
    {
        var service = await ServerProcess.StartAsync(ServedKind.Service, folder, core);
        try
        {
            await using var crowd = new Crowd(new CrowdOptions(service.Url, devices, patience));
            await crowd.ConnectAsync(AtOnceBefore, cancellationToken);
            await Console.Error.WriteLineAsync($"{devices} are connected, and cut off");
            await crowd.AbortAsync();
            if (isRestarted)
            {
                var url = service.Url;
                await service.DisposeAsync();
                service = await ServerProcess.StartAsync(ServedKind.Service, folder, core, url: url);
            }

            var before = await service.SampleAsync();
            var started = Stopwatch.GetTimestamp();
            var each = await crowd.ConnectAsync(devices, cancellationToken);
            var length = Stopwatch.GetElapsedTime(started);
            var used = (await service.SampleAsync()).Process.Cpu - before.Process.Cpu;
            return new StormResult(
                length.TotalSeconds, Quantiles.Of(each), used / length, used.TotalSeconds, crowd.Failures);
        }
        finally
        {
            await service.DisposeAsync();
        }
    }

    private static IEnumerable<Figure> Figures(List<StormResult> results) =>
    [
        new("all back", "s", Better.Lower, [.. results.Select(r => r.AllBackSeconds)]),
        new("each back p50", "ms", Better.Lower, [.. results.Select(r => r.Each.P50)]),
        new("each back p99", "ms", Better.Lower, [.. results.Select(r => r.Each.P99)]),
        new("server CPU", "% of a core", Better.Neither, [.. results.Select(r => 100 * r.Cpu)]),
        new("server CPU", "s", Better.Lower, [.. results.Select(r => r.CpuSeconds)]),
        new("failed attempts", "", Better.Lower, [.. results.Select(r => (double)r.Failures)]),
    ];
}
