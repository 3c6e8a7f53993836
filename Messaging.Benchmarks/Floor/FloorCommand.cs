using Messaging.Benchmarks.Chat;
using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Echo;
using Messaging.Benchmarks.Processes;
using Messaging.Benchmarks.Reporting;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Floor;

/// <summary>What the parts cost that a durable message cannot do without.</summary>
internal sealed class FloorCommand : ICommand
{
    private static readonly int[] RowsPerCommit = [64, 256, 1024];

    public string Name => "floor";

    public string Summary => "what disk, SQLite, gRPC and the service without its store can do";

    public string Help => """
        floor: what no durable message can be faster than, one after another, in every repetition.

        sync           appends of 4 KiB to a file, each synced to disk
        journal        rows appended to a SQLite table and synced, 64, 256 and 1024 to a transaction
        typed echo     gRPC frames sent back, Grpc.AspNetCore with the service's settings and Grpc.Net.Client
        coalesced echo the same endpoint, under the load's own client, many frames per write
        store off      round trips of chat at the service with a ledger that stores nothing

          --pairs N          calls of the echoes, pairs of the chat             (16)
          --in-flight N      frames or messages that each has on its way        (64)
          --payload BYTES    of each                                            (256)
          --seconds N        measured time of each                              (5)
          --warmup N         seconds before it, not counted                     (2)
          --heat N           seconds of load before all, for the servers' JIT   (30)
          --repeat N         repetitions                                        (3)
          --pin              servers on one core, the load on another
          --dir DIRECTORY    on the disk that the service's ledger is on        (the temporary directory)
          --json FILE        writes the figures too; - for standard output

        A directory in memory (tmpfs) tells nothing.
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var load = LoadArguments.Take(arguments, seconds: 5, warmup: 2);
        var heat = arguments.TakeSeconds("--heat", LoadArguments.Heat, 0);
        var isPinned = arguments.TakeFlag("--pin");
        var directory = arguments.TakeDirectory("--dir");
        var jsonFile = arguments.TakeText("--json");
        arguments.RefuseOthers();

        SingleThreadSockets.Enable();
        using var folder = new TemporaryFolder(directory);
        await using var floors = await ChatFloors.StartAsync(folder, isPinned, load);
        await floors.HeatAsync(heat, cancellationToken);
        var journals = RowsPerCommit.ToDictionary(rows => rows, _ => new List<double>());
        var coalesced = new List<EchoResult>();
        for (var i = 1; i <= load.Repeat; i++)
        {
            await Console.Error.WriteLineAsync($"repetition {i} of {load.Repeat}");
            await floors.RunAsync(cancellationToken);
            coalesced.Add(await floors.RunCoalescedEchoAsync(cancellationToken));
            foreach (var (rows, values) in journals)
            {
                var path = folder.File($"journal-{rows}-{i}.db");
                values.Add(JournalFloor.Measure(path, rows, load.Length, cancellationToken));
                File.Delete(path);
            }
        }

        Figure[] figures =
        [
            .. floors.Figures(),
            .. ChatFloors.EchoFigures("coalesced echo", coalesced),
            .. journals.Select(journal => new Figure(
                $"journal, {journal.Key} a commit", "rows/s", Better.Higher, journal.Value, IsFloor: true)),
        ];
        await ReportWriter.WriteAsync(
            jsonFile, cancellationToken, new Report(Name, load.Settings(isPinned), figures, []));
        return ExitCode.Success;
    }
}
