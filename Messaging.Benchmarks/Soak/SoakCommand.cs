using System.Security.Cryptography;
using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Processes;

namespace Messaging.Benchmarks.Soak;

/// <summary>Hours of a small load while everything breaks now and then.</summary>
internal sealed class SoakCommand : ICommand
{
    public string Name => "soak";

    public string Summary => "a small load for long, while network, service and clients break; judges everything at the end";

    public bool IsMeasurement => false;

    public string Help => """
        soak: starts the service and pairs of users that write to each other through a network that can be broken, and
        breaks network, service and clients in turn, at random times.

        Each pair is two users with three MessagingClients on stores in files; the third is one user's second device,
        which looks on. Connections are cut, stall, go dead without a word or slow; the service is told to stop,
        killed, or stands still; clients are closed and opened again; somebody reads the ledger in one long
        transaction. Every 5 s memory, files, latencies and streams are sampled.

        At the end all is quiet, and must agree: every message once, in order, at every device, the same places and
        ticks on both sides, the same unread counts, and `ledger verify` finds nothing. The first violation ends it
        with exit code 1.

          --minutes N        how long there is load and faults                  (60)
          --seconds N        the same, for a short one
          --pairs N          pairs of users                                     (8)
          --rate N           messages a second of all of them together          (200)
          --gap SECONDS      between faults of the network, on the average      (15)
          --restarts SECONDS between ends of the service, on the average        (600)
          --seed N           of everything random                               (a new one, which is printed)
          --dir DIRECTORY    on which disk the stores are                       (the temporary directory)
          --json FILE        writes the samples, every minute

        Draw them: chart FILE.json OUT.svg --of soak
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var minutes = arguments.TakeNumber("--minutes", 60, 1, 100_000);
        var seconds = arguments.TakeOptionalNumber("--seconds", 1, 6_000_000);
        var options = new SoakOptions(
            TimeSpan.FromSeconds(seconds ?? 60 * minutes),
            arguments.TakeNumber("--pairs", 8, 1, 1_000),
            arguments.TakeNumber("--rate", 200, 1, 100_000),
            arguments.TakeSeconds("--gap", 15, 1),
            arguments.TakeSeconds("--restarts", 600, 1),
            arguments.TakeNumber("--seed", RandomNumberGenerator.GetInt32(int.MaxValue), 0, int.MaxValue));
        var directory = arguments.TakeDirectory("--dir");
        var jsonFile = arguments.TakeText("--json");
        arguments.RefuseOthers();

        await Console.Error.WriteLineAsync($"{options.Length:c}, seed {options.Seed}");
        using var folder = new TemporaryFolder(directory, "soak");
        await new SoakRun(options, folder.Path, jsonFile).RunAsync(cancellationToken);
        return ExitCode.Success;
    }
}
