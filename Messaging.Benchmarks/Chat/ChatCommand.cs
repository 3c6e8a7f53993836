using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Measuring;
using Messaging.Benchmarks.Processes;
using Messaging.Benchmarks.Reporting;
using Messaging.Benchmarks.Serving;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Chat;

/// <summary>Round trips between pairs of devices.</summary>
internal sealed class ChatCommand : ICommand
{
    public string Name => "chat";

    public string Summary => "round trips per second and latencies between pairs of devices";

    public string Help => """
        chat: pairs of devices, one writing to the other, a fixed number of messages in flight.

        A round trip: the sender's message is stored and answered and pushed to the receiver, the receiver
        acknowledges it with a frame of its own, and the `received` receipt is back at the sender. Every
        device has its own connection and Sync stream. What the server promises is checked on the way:
        offsets without holes, every answer `true`, watermarks that never move back, every message that
        was accepted received, once and in order. The first violation ends the run with exit code 1.

          --start            starts the service, on a new ledger, and the floors to judge it by; else:
          --url URL          the service, HTTP/2 in clear text, in development mode   (http://127.0.0.1:5080)
          --server-pid PID   reports what that process used, from /proc
          --pairs N          pairs of users                                           (16)
          --in-flight N      messages a sender has on their way                       (64)
          --payload BYTES    payload of each                                          (256)
          --devices N        devices of each user, each with its connection           (1)
          --seconds N        measured time of a repetition                            (10)
          --warmup N         seconds before it, not counted (JIT, caches)             (3)
          --repeat N         repetitions, each with fresh users and connections       (3)
          --patience N       seconds without a round trip that end the run            (30)
          --pin              servers on one core, the load on another
          --heat N           with --start: seconds of load before all, for the JIT    (30)
          --no-floors        with --start: the service alone, and no goals that need a floor
          --dir DIRECTORY    with --start: on which disk the ledger is                (the temporary directory)
          --json FILE        writes the figures too; - for standard output

        Figures of each repetition, then median [min–max]. Latencies in milliseconds, from the moment before
        the write: `accepted` to the durable answer, `tick` to the receipt. CPU is of one core; where the
        client's is near 100 % it measured itself. It runs on one thread.

          dotnet Messaging.Benchmarks.dll chat --start --pin
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var load = LoadArguments.Take(arguments, seconds: 10, warmup: 3);
        var isPinned = arguments.TakeFlag("--pin");
        var jsonFile = arguments.TakeText("--json");
        SingleThreadSockets.Enable();
        var report = arguments.TakeFlag("--start")
            ? await RunOnOwnServiceAsync(load, isPinned, arguments, cancellationToken)
            : await RunOnOtherServiceAsync(load, isPinned, arguments, cancellationToken);
        await ReportWriter.WriteAsync(jsonFile, cancellationToken, report);
        return ExitCode.Success;
    }

    private async Task<Report> RunOnOtherServiceAsync(
        ChatOptions load, bool isPinned, Arguments arguments, CancellationToken cancellationToken)
    {
        load = load with { Url = arguments.TakeUrl("--url", "http://127.0.0.1:5080") };
        var processId = arguments.TakeOptionalNumber("--server-pid", 1, int.MaxValue);
        arguments.RefuseOthers();
        var probe = processId is { } id ? Probe(id) : null;

        var run = new ChatRun(load, probe, Console.Error);
        var results = new List<ChatResult>();
        for (var i = 1; i <= load.Repeat; i++)
        {
            await Console.Error.WriteLineAsync($"repetition {i} of {load.Repeat}");
            results.Add(await run.RunAsync(cancellationToken));
        }

        return new Report(Name, load.Settings(isPinned), [.. ChatFigures.All("", results)], []);
    }

    private async Task<Report> RunOnOwnServiceAsync(
        ChatOptions load, bool isPinned, Arguments arguments, CancellationToken cancellationToken)
    {
        var hasFloors = !arguments.TakeFlag("--no-floors");
        var heat = arguments.TakeSeconds("--heat", LoadArguments.Heat, 0);
        var directory = arguments.TakeDirectory("--dir");
        arguments.RefuseOthers();

        using var folder = new TemporaryFolder(directory);
        await using var service = await ServerProcess.StartAsync(
            ServedKind.Service, folder, Pinning.ServerCore(isPinned));
        await using var floors = hasFloors ? await ChatFloors.StartAsync(folder, isPinned, load) : null;
        await Console.Error.WriteLineAsync("heating the service");
        await ChatFloors.HeatAsync(load, service, heat, cancellationToken);
        if (floors is not null)
            await floors.HeatAsync(heat, cancellationToken);

        var run = new ChatRun(load with { Url = service.Url }, service, Console.Error);
        var results = new List<ChatResult>();
        for (var i = 1; i <= load.Repeat; i++)
        {
            await Console.Error.WriteLineAsync($"repetition {i} of {load.Repeat}");
            results.Add(await run.RunAsync(cancellationToken));
            if (floors is not null)
                await floors.RunAsync(cancellationToken);
        }

        return new Report(
            Name, load.Settings(isPinned),
            [.. ChatFigures.All("", results), .. floors?.Figures() ?? []],
            floors is null
                ? []
                : [.. ChatGoals.Of(load, isPinned, results, floors.StoreOff, floors.Echo, floors.Sync)]);
    }

    private static ProcessProbe Probe(int processId)
    {
        try
        {
            ProcessSample.Of(processId);
            return new ProcessProbe(processId);
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--server-pid {processId} cannot be read: {e.Message}");
        }
    }
}
