using System.Diagnostics;

namespace Messaging.Benchmarks.Measuring;

/// <summary>The part of a run that counts, as <see cref="Stopwatch"/> timestamps; set before any is sent.</summary>
internal sealed record MeasuredTime(long From, long Until)
{
    public static MeasuredTime After(TimeSpan warmup, TimeSpan length)
    {
        var from = Stopwatch.GetTimestamp() + ToTicks(warmup);
        return new MeasuredTime(from, from + ToTicks(length));
    }

    public TimeSpan Length => Stopwatch.GetElapsedTime(From, Until);

    public bool Contains(long timestamp) => timestamp >= From && timestamp < Until;

    private static long ToTicks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
