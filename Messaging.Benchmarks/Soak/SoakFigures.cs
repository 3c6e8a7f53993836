using System.Diagnostics;
using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Soak;

/// <summary>What all devices have measured: of the interval, and of the whole run. Safe for concurrent use.</summary>
internal sealed class SoakFigures
{
    private readonly Lock _lock = new();
    private readonly LatencyHistogram _allAccepted = new();
    private readonly LatencyHistogram _allReceived = new();
    private LatencyHistogram _accepted = new();
    private LatencyHistogram _received = new();

    public long Accepted
    {
        get
        {
            lock (_lock)
                return _allAccepted.Count + _accepted.Count;
        }
    }

    /// <param name="sentAt">When the application called; a <see cref="Stopwatch"/> timestamp.</param>
    public void WasAccepted(long sentAt) => Record(ref _accepted, sentAt);

    /// <param name="sentAt">When the application called; a <see cref="Stopwatch"/> timestamp.</param>
    public void WasReceived(long sentAt) => Record(ref _received, sentAt);

    /// <summary>What came since the last call.</summary>
    public (LatencyHistogram Accepted, LatencyHistogram Received) TakeInterval()
    {
        lock (_lock)
        {
            _allAccepted.Add(_accepted);
            _allReceived.Add(_received);
            var interval = (_accepted, _received);
            (_accepted, _received) = (new LatencyHistogram(), new LatencyHistogram());
            return interval;
        }
    }

    /// <summary>Of everything before the last interval that was taken.</summary>
    public (Quantiles Accepted, Quantiles Received) Whole()
    {
        lock (_lock)
            return (Quantiles.Of(_allAccepted), Quantiles.Of(_allReceived));
    }

    private void Record(ref LatencyHistogram histogram, long sentAt)
    {
        lock (_lock)
            histogram.Record(Stopwatch.GetTimestamp() - sentAt);
    }
}
