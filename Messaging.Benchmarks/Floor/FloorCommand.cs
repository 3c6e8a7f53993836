using System.Diagnostics;
using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Floor;

/// <summary>What the disk takes for one durable append: no accepted message can be faster.</summary>
internal sealed class FloorCommand : ICommand
{
    private const int AppendSize = 4096;

    public string Name => "floor";

    public string Summary => "time of one durable 4 KiB append, the floor under `accepted`";

    public string Help => """
        floor: appends 4 KiB to a file and syncs it to disk, one after another, as a ledger must.

          --dir DIRECTORY    on the disk that the service's ledger is on   (the temporary directory)
          --seconds N        measured time                                 (5)

        The file is removed at the end. A directory in memory (tmpfs) tells nothing.
        """;

    public Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var directory = arguments.TakeText("--dir") ?? Path.GetTempPath();
        var length = arguments.TakeSeconds("--seconds", 5, 1);
        arguments.RefuseOthers();
        if (!Directory.Exists(directory))
            throw new UsageException($"there is no directory {directory}");

        var path = Path.Combine(directory, $"messaging-floor-{Environment.ProcessId}");
        var syncs = Measure(path, length, cancellationToken);
        var quantiles = Quantiles.Of(syncs);
        Console.Out.WriteLine(
            $"4 KiB append + sync in {directory}: {syncs.Count / length.TotalSeconds:N0}/s, "
            + $"p50 {quantiles.P50:N3} ms, p99 {quantiles.P99:N3} ms, p99.9 {quantiles.P999:N3} ms");
        return Task.FromResult(ExitCode.Success);
    }

    private static LatencyHistogram Measure(string path, TimeSpan length, CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(
            path, FileMode.CreateNew, FileAccess.Write, options: FileOptions.DeleteOnClose);
        var block = new byte[AppendSize];
        Array.Fill(block, (byte)'x');
        var syncs = new LatencyHistogram();
        var started = Stopwatch.GetTimestamp();
        for (long offset = 0; Stopwatch.GetElapsedTime(started) < length; offset += AppendSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var before = Stopwatch.GetTimestamp();
            RandomAccess.Write(file, block, offset);
            RandomAccess.FlushToDisk(file);
            syncs.Record(Stopwatch.GetTimestamp() - before);
        }

        return syncs;
    }
}
