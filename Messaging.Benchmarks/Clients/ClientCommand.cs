using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Processes;
using Messaging.Benchmarks.Reporting;
using Messaging.Benchmarks.Serving;

namespace Messaging.Benchmarks.Clients;

/// <summary>The client library against the stub it is built on.</summary>
internal sealed class ClientCommand : ICommand
{
    public string Name => "client";

    public string Summary => "what MessagingClient sends and receives, and what it costs over a bare stub";

    public string Help => """
        client: pairs of MessagingClients in this process, then the same with the generated stub alone, in turn.

        Each sender has a number of messages on their way and awaits the receipt of each before it sends the next.
        The stub does the least that the protocol allows: no retry, no check, acknowledgements together.

          --clients N        clients, half of them senders                        (2, then 1000)
          --in-flight N      messages each sender has on their way                (64, then 4)
          --payload BYTES    payload of each                                      (256)
          --seconds N        measured time                                        (5)
          --warmup N         seconds before it, not counted                       (2)
          --repeat N         repetitions                                          (3)
          --patience N       seconds for connecting and for what is on its way    (30)
          --pin              the service on one core, the clients on another
          --dir DIRECTORY    on which disk the ledger is                          (the temporary directory)
          --json FILE        writes the figures too; - for standard output

        CPU and allocation are of this process, so of sender and receiver together. Memory is managed memory of a
        connected client with nothing on its way.
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var clients = arguments.TakeOptionalNumber("--clients", 2, 10_000);
        var inFlight = arguments.TakeOptionalNumber("--in-flight", 1, 1_000);
        var options = new ClientsOptions(
            new Uri("http://127.0.0.1:5080"), Clients: 2, InFlight: 64,
            arguments.TakeNumber("--payload", 256, 0, 256 * 1024),
            arguments.TakeSeconds("--seconds", 5, 1),
            arguments.TakeSeconds("--warmup", 2, 0),
            arguments.TakeSeconds("--patience", 30, 1));
        var repeat = arguments.TakeNumber("--repeat", 3, 1, 1_000);
        var isPinned = arguments.TakeFlag("--pin");
        var directory = arguments.TakeDirectory("--dir");
        var jsonFile = arguments.TakeText("--json");
        arguments.RefuseOthers();

        using var folder = new TemporaryFolder(directory);
        await using var service = await ServerProcess.StartAsync(
            ServedKind.Service, folder, Pinning.ServerCore(isPinned));
        (int Clients, int InFlight)[] shapes = clients is null && inFlight is null
            ? [(2, 64), (1_000, 4)]
            : [(clients ?? 2, inFlight ?? 64)];
        var reports = new List<Report>();
        foreach (var shape in shapes)
        {
            var load = options with { Url = service.Url, Clients = shape.Clients, InFlight = shape.InFlight };
            reports.Add(await MeasureAsync(load, repeat, isPinned, cancellationToken));
        }

        await ReportWriter.WriteAsync(jsonFile, cancellationToken, [.. reports]);
        return ExitCode.Success;
    }

    private async Task<Report> MeasureAsync(
        ClientsOptions load, int repeat, bool isPinned, CancellationToken cancellationToken)
    {
        var run = new ClientsRun(load);
        var (library, stub) = (new List<ClientsResult>(), new List<ClientsResult>());
        for (var i = 0; i <= repeat; i++)
        {
            var ours = await run.RunAsync(
                name => new LibraryPair(load.Url, name, load.InFlight, load.Payload), cancellationToken);
            var bare = await run.RunAsync(
                name => new StubPair(load.Url, name, load.InFlight, load.Payload), cancellationToken);
            await Console.Error.WriteLineAsync(
                $"{load.Clients} clients, {(i == 0 ? "heating" : $"repetition {i} of {repeat}")}: "
                + $"{ours.PerSecond:N0} messages/s, stub {bare.PerSecond:N0}");
            if (i == 0)
                continue;
            library.Add(ours);
            stub.Add(bare);
        }

        var settings = new Dictionary<string, string>
        {
            ["clients"] = $"{load.Clients}", ["in-flight"] = $"{load.InFlight}", ["payload"] = $"{load.Payload}",
            ["pinned"] = isPinned ? "yes" : "no",
        };
        return new Report(
            Name, settings,
            [
                .. Figures("client: ", library), .. Figures("stub: ", stub),
                Over("client ÷ stub, messages", Better.Higher, result => result.PerSecond),
                Over("client ÷ stub, CPU of a message", Better.Lower, result => result.Cpu / result.PerSecond),
            ],
            []);

        Figure Over(string name, Better better, Func<ClientsResult, double> value) =>
            new(name, "ratio", better, [.. library.Zip(stub, (ours, bare) => value(ours) / value(bare))]);
    }

    private static IEnumerable<Figure> Figures(string whose, List<ClientsResult> results)
    {
        yield return Figure("messages", "/s", Better.Higher, r => r.PerSecond);
        yield return Figure("accepted p50", "ms", Better.Lower, r => r.Accepted.P50);
        yield return Figure("accepted p99", "ms", Better.Lower, r => r.Accepted.P99);
        yield return Figure("tick p50", "ms", Better.Lower, r => r.Tick.P50);
        yield return Figure("tick p99", "ms", Better.Lower, r => r.Tick.P99);
        yield return Figure("CPU", "% of a core", Better.Neither, r => 100 * r.Cpu);
        yield return Figure("CPU", "µs/message", Better.Lower, r => r.Cpu * 1e6 / r.PerSecond);
        yield return Figure("allocated", "bytes/message", Better.Lower, r => r.AllocatedBytesPerMessage);
        yield return Figure("memory", "KB/client", Better.Lower, r => r.KilobytesEach);

        Figure Figure(string name, string unit, Better better, Func<ClientsResult, double> value) =>
            new($"{whose}{name}", unit, better, [.. results.Select(value)]);
    }
}
