using System.Diagnostics;
using Messaging.Benchmarks.Chat;
using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Drain;
using Messaging.Benchmarks.Processes;
using Messaging.Benchmarks.Reporting;
using Messaging.Benchmarks.Serving;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Grow;

/// <summary>A ledger that holds much against one that is empty.</summary>
internal sealed class GrowCommand : ICommand
{
    public string Name => "grow";

    public string Summary => "an empty ledger against one with millions of messages";

    public string Help => """
        grow: fills a ledger in this process, then runs the service on it and on an empty one, in turn.

        In each repetition both are started anew (how long, how much memory), then the same chat between fresh
        users, then, on the full one, a device comes back to its queue.

          --messages N       messages between the active users                    (1000000)
          --users N          active users, eight conversations each               (10000)
          --known N          users besides that were written to once              (0)
          --long N           messages of one long conversation besides            (1000000)
          --away N           messages that wait for the device that comes back    (100000)
          --pairs, --in-flight, --payload, --seconds, --warmup, --heat, --repeat  the chat, as in chat
          --pin              the service on one core, the load on another
          --dir DIRECTORY    on which disk the ledgers are, 1 KB a message        (the temporary directory)
          --json FILE        writes the figures too; - for standard output
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var load = LoadArguments.Take(arguments, seconds: 5, warmup: 2);
        var options = new GrowOptions
        {
            Messages = arguments.TakeNumber("--messages", 1_000_000, 1, 1_000_000_000),
            Users = arguments.TakeNumber("--users", 10_000, 2, 1_000_000),
            Known = arguments.TakeNumber("--known", 0, 0, 100_000_000),
            Long = arguments.TakeNumber("--long", 1_000_000, 100, 100_000_000),
            Away = arguments.TakeNumber("--away", 100_000, 1, 1_000_000),
            Payload = load.Payload,
        };
        var heat = arguments.TakeSeconds("--heat", LoadArguments.Heat, 0);
        var isPinned = arguments.TakeFlag("--pin");
        var directory = arguments.TakeDirectory("--dir");
        var jsonFile = arguments.TakeText("--json");
        arguments.RefuseOthers();

        SingleThreadSockets.Enable();
        using var folder = new TemporaryFolder(directory);
        var (full, empty) = (folder.File("full.db"), folder.File("empty.db"));
        var filler = new LedgerFiller(options, Console.Error);
        var fill = await filler.RunAsync(full, load.Repeat, cancellationToken);
        await Console.Error.WriteLineAsync($"filled     {fill.PerSecond:N0} messages/s");

        var messages = filler.Messages(load.Repeat);
        var bytesEach = (double)(new FileInfo(full).Length + LengthOf($"{full}-wal")) / messages;
        var core = Pinning.ServerCore(isPinned);
        var results = new List<(GrowResult Full, GrowResult Empty, double Returned)>();
        for (var i = 1; i <= load.Repeat; i++)
        {
            await Console.Error.WriteLineAsync($"repetition {i} of {load.Repeat}");
            var onEmpty = await RunAsync(load, heat, empty, folder, core, returning: null, cancellationToken);
            var drain = new DrainOptions(load.Url, options.Away, load.Payload, load.Patience);
            var returning = () => (LedgerFiller.AwayUser(i), drain);
            var onFull = await RunAsync(load, heat, full, folder, core, returning, cancellationToken);
            results.Add((onFull.Result, onEmpty.Result, onFull.Returned!.Value));
        }

        var settings = load.Settings(isPinned);
        settings["stored"] = $"{messages}";
        settings["users"] = $"{options.Users + options.Known}";
        var figures = Figures(options, fill, bytesEach, results);
        await ReportWriter.WriteAsync(
            jsonFile, cancellationToken, new Report(Name, settings, [.. figures], [.. Goals(messages, results)]));
        return ExitCode.Success;
    }

    private static async Task<(GrowResult Result, double? Returned)> RunAsync(
        ChatOptions load, TimeSpan heat, string ledger, TemporaryFolder folder, int? core,
        Func<(string User, DrainOptions Drain)>? returning, CancellationToken cancellationToken)
    {
        await using var service = await ServerProcess.StartAsync(ServedKind.Service, folder, core, ledger);
        var started = await service.SampleAsync();
        await ChatFloors.HeatAsync(load, service, heat, cancellationToken);
        var run = new ChatRun(load with { Url = service.Url }, service, TextWriter.Null);
        var chat = await run.RunAsync(cancellationToken);
        var name = Path.GetFileNameWithoutExtension(ledger);
        await Console.Error.WriteLineAsync(
            $"{name,-10} started in {service.StartTime.TotalSeconds:N2} s, "
            + $"{chat.RoundTripsPerSecond:N0} round trips/s");

        double? returned = null;
        if (returning?.Invoke() is var (user, drain))
        {
            returned = await ReturnAsync(user, drain with { Url = service.Url }, cancellationToken);
            await Console.Error.WriteLineAsync($"{name,-10} came back at {returned:N0} messages/s");
        }

        return (new GrowResult(service.StartTime, started.Process.ResidentBytes / 1e6, chat), returned);
    }

    private static async Task<double> ReturnAsync(string user, DrainOptions drain, CancellationToken cancellationToken)
    {
        using var device = new ReturningDevice(user, drain.Messages, drain.Payload);
        var began = Stopwatch.GetTimestamp();
        await device.OpenAsync(drain.Url, cancellationToken);
        await device.RunAsync(cancellationToken);
        return drain.Messages / Stopwatch.GetElapsedTime(began, device.LastAt).TotalSeconds;
    }

    private static long LengthOf(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;

    private static IEnumerable<Figure> Figures(
        GrowOptions options, FillResult fill, double bytesEach,
        List<(GrowResult Full, GrowResult Empty, double Returned)> results)
    {
        yield return new Figure("filled in process", "messages/s", Better.Higher, [fill.PerSecond]);
        yield return new Figure(
            "long conversation, first tenth", "messages/s", Better.Higher, [fill.LongFirstPerSecond]);
        yield return new Figure("long conversation, last tenth", "messages/s", Better.Higher, [fill.LongLastPerSecond]);
        yield return new Figure("ledger's file", "bytes/message", Better.Lower, [bytesEach]);
        yield return new Figure("full: start", "s", Better.Lower, [.. results.Select(r => r.Full.Start.TotalSeconds)]);
        yield return new Figure(
            "empty: start", "s", Better.Lower, [.. results.Select(r => r.Empty.Start.TotalSeconds)]);
        yield return new Figure(
            "full: memory at start", "MB", Better.Lower, [.. results.Select(r => r.Full.StartMegabytes)]);
        yield return new Figure(
            "empty: memory at start", "MB", Better.Lower, [.. results.Select(r => r.Empty.StartMegabytes)]);
        yield return new Figure(
            $"full: came back to {options.Away}", "messages/s", Better.Higher, [.. results.Select(r => r.Returned)]);
        foreach (var figure in ChatFigures.All("full: ", [.. results.Select(r => r.Full.Chat)]))
            yield return figure;
        foreach (var figure in ChatFigures.All("empty: ", [.. results.Select(r => r.Empty.Chat)]))
            yield return figure;
    }

    private static IEnumerable<Goal> Goals(
        int messages, List<(GrowResult Full, GrowResult Empty, double Returned)> results)
    {
        yield return Goal.Ratio(
            $"round trips at {messages} stored messages ÷ at none", true, 0.8,
            results.Select(r => r.Full.Chat.RoundTripsPerSecond),
            [.. results.Select(r => r.Empty.Chat.RoundTripsPerSecond)], "/s");
        yield return new Goal("s to start", false, 5, [.. results.Select(r => r.Full.Start.TotalSeconds)], "");
    }
}
