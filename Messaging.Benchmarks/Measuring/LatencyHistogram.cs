using System.Diagnostics;
using System.Numerics;

namespace Messaging.Benchmarks.Measuring;

/// <summary>
/// Counts of durations, exact to 1.6 %, in bounded memory: 64 steps to each power of two of nanoseconds. One writer.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int StepBits = 6;
    private const int Steps = 1 << StepBits;

    private readonly long[] _counts = new long[Steps * (64 - StepBits)];

    public long Count { get; private set; }

    /// <param name="ticks">A difference of two <see cref="Stopwatch"/> timestamps.</param>
    public void Record(long ticks)
    {
        var nanoseconds = (ulong)Math.Max(0, ticks) * (ulong)(1_000_000_000 / Stopwatch.Frequency);
        _counts[IndexOf(nanoseconds)]++;
        Count++;
    }

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
        Count += other.Count;
    }

    /// <summary>The least duration that <paramref name="share"/> of all did not exceed; zero of none.</summary>
    public TimeSpan Quantile(double share)
    {
        var rank = (long)Math.Ceiling(share * Count);
        for (var i = 0; i < _counts.Length && Count > 0; i++)
        {
            rank -= _counts[i];
            if (rank <= 0)
                return TimeSpan.FromMicroseconds(UpperBound(i) / 1000.0);
        }

        return TimeSpan.Zero;
    }

    private static int IndexOf(ulong nanoseconds)
    {
        if (nanoseconds < 2 * Steps)
            return (int)nanoseconds;

        var shift = BitOperations.Log2(nanoseconds) - StepBits;
        return (shift << StepBits) + (int)(nanoseconds >> shift);
    }

    private static ulong UpperBound(int index)
    {
        if (index < 2 * Steps)
            return (ulong)index;

        var shift = (index >> StepBits) - 1;
        return ((ulong)(index - (shift << StepBits)) + 1 << shift) - 1;
    }
}
