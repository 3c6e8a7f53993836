using System.Diagnostics;
using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Floor;

/// <summary>What the disk takes for one durable append: no accepted message can be faster.</summary>
internal static class SyncFloor
{
    private const int AppendSize = 4096;

    /// <summary>Appends 4 KiB and syncs, one after another, for as long as it is told.</summary>
    /// <param name="path">A file that is not there yet, and will not be afterwards.</param>
    /// <param name="length">How long.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static LatencyHistogram Measure(string path, TimeSpan length, CancellationToken cancellationToken)
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
