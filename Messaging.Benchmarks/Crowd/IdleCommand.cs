using System.Diagnostics;
using Messaging.Benchmarks.Chat;
using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Processes;
using Messaging.Benchmarks.Reporting;
using Messaging.Benchmarks.Serving;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Crowd;

/// <summary>Devices that are connected and say nothing.</summary>
internal sealed class IdleCommand : ICommand
{
    private const int AtOnce = 256;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);

    public string Name => "idle";

    public string Summary => "what thousands of connected devices cost, and a chat beside them";

    public string Help => """
        idle: connects many devices that say nothing, each with a connection of its own.

        In each repetition a service is started anew: a chat alone, then the devices connect, are left alone for
        a while (heartbeats and pings go on), then the same chat beside them. Memory is what the server's
        resident set grew by.

          --devices N        devices that are idle                                (10000)
          --idle-seconds N   how long they are left alone                         (30)
          --pairs N          pairs of the chat                                    (16)
          --in-flight N      messages each sender has on their way                (1)
          --payload BYTES    payload of each                                      (256)
          --seconds N        measured time of the chat                            (5)
          --warmup N         seconds before it, not counted                       (2)
          --heat N           seconds of load before all, for the service's JIT    (30)
          --repeat N         repetitions                                          (3)
          --patience N       seconds within which all must be connected           (60)
          --pin              the service on one core, the load on another
          --dir DIRECTORY    on which disk the ledger is                          (the temporary directory)
          --json FILE        writes the figures too; - for standard output

        Where the limit of open files allows fewer devices, as many as it allows.
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var devices = FileHandles.Clamp(arguments.TakeNumber("--devices", 10_000, 1, 25_000), Console.Error);
        var load = LoadArguments.Take(arguments, seconds: 5, warmup: 2, inFlight: 1, patience: 60);
        var idle = arguments.TakeSeconds("--idle-seconds", 30, 1);
        var heat = arguments.TakeSeconds("--heat", LoadArguments.Heat, 0);
        var isPinned = arguments.TakeFlag("--pin");
        var directory = arguments.TakeDirectory("--dir");
        var jsonFile = arguments.TakeText("--json");
        arguments.RefuseOthers();

        SingleThreadSockets.Enable();
        var results = new List<IdleResult>();
        for (var i = 1; i <= load.Repeat; i++)
        {
            await Console.Error.WriteLineAsync($"repetition {i} of {load.Repeat}");
            results.Add(await RunAsync(devices, idle, load, heat, isPinned, directory, cancellationToken));
        }

        var settings = load.Settings(isPinned);
        settings["idle"] = $"{devices}";
        await ReportWriter.WriteAsync(
            jsonFile, cancellationToken,
            new Report(Name, settings, [.. Figures(results)], [.. Goals(devices, results)]));
        return ExitCode.Success;
    }

    private static async Task<IdleResult> RunAsync(
        int devices, TimeSpan idle, ChatOptions load, TimeSpan heat, bool isPinned, string directory,
        CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder(directory);
        await using var service = await ServerProcess.StartAsync(
            ServedKind.Service, folder, Pinning.ServerCore(isPinned));
        await ChatFloors.HeatAsync(load, service, heat, cancellationToken);
        var chat = new ChatRun(load with { Url = service.Url }, service, TextWriter.Null);
        var before = await chat.RunAsync(cancellationToken);
        await Console.Error.WriteLineAsync($"alone      accepted p99 {Text.Of(before.Accepted.P99)} ms");

        var empty = await service.SampleAsync();
        await using var crowd = new Crowd(new CrowdOptions(service.Url, devices, load.Patience));
        var started = Stopwatch.GetTimestamp();
        await crowd.ConnectAsync(AtOnce, cancellationToken);
        var connected = Stopwatch.GetElapsedTime(started);
        await Task.Delay(Settling, TimeProvider.System, cancellationToken);

        var full = await service.SampleAsync();
        var sampled = Stopwatch.GetTimestamp();
        await Console.Error.WriteLineAsync($"connected  {devices} in {Text.Of(connected.TotalSeconds)} s");
        await Task.Delay(idle, TimeProvider.System, cancellationToken);
        var later = await service.SampleAsync();
        var cpu = (later.Process.Cpu - full.Process.Cpu) / Stopwatch.GetElapsedTime(sampled);
        await Console.Error.WriteLineAsync($"idle       {100 * cpu:N1} % of a core");

        var beside = await chat.RunAsync(cancellationToken);
        await Console.Error.WriteLineAsync($"beside     accepted p99 {Text.Of(beside.Accepted.P99)} ms");
        var grown = later.Process.ResidentBytes - empty.Process.ResidentBytes;
        return new IdleResult(connected.TotalSeconds, grown / 1024.0 / devices, cpu, crowd.Lost, before, beside);
    }

    private static IEnumerable<Figure> Figures(List<IdleResult> results)
    {
        yield return new Figure("all connected", "s", Better.Lower, [.. results.Select(r => r.ConnectSeconds)]);
        yield return new Figure("server memory", "KB/device", Better.Lower, [.. results.Select(r => r.KilobytesEach)]);
        yield return new Figure(
            "server CPU while idle", "% of a core", Better.Lower, [.. results.Select(r => 100 * r.Cpu)]);
        yield return new Figure("lost", "devices", Better.Lower, [.. results.Select(r => (double)r.Lost)]);
        foreach (var figure in ChatFigures.All("alone: ", [.. results.Select(r => r.Before)]))
            yield return figure;
        foreach (var figure in ChatFigures.All("beside: ", [.. results.Select(r => r.Beside)]))
            yield return figure;
    }

    private static IEnumerable<Goal> Goals(int devices, List<IdleResult> results)
    {
        yield return new Goal(
            $"KB of memory each, {devices} idle devices", false, 45, [.. results.Select(r => r.KilobytesEach)], "");
        yield return new Goal("% of a core while idle", false, 5, [.. results.Select(r => 100 * r.Cpu)], "");
        yield return Goal.Ratio(
            "accepted p99 beside them ÷ alone", false, 2, results.Select(r => r.Beside.Accepted.P99),
            [.. results.Select(r => r.Before.Accepted.P99)], "ms");
    }
}
