using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Clients;

/// <summary>A sender and its receiver in an application's hands; what they do is counted while it is time.</summary>
internal abstract class ClientPair : IAsyncDisposable
{
    private readonly LatencyHistogram _accepted = new();
    private readonly LatencyHistogram _tick = new();
    private readonly Lock _lock = new();
    private MeasuredTime _time = new(0, 0);

    /// <summary>Connects both.</summary>
    public abstract Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Sends until the time is over, and waits for what is on its way.</summary>
    public Task RunAsync(MeasuredTime time, CancellationToken cancellationToken)
    {
        _time = time;
        return RunAsync(cancellationToken);
    }

    public void AddTo(LatencyHistogram accepted, LatencyHistogram tick)
    {
        accepted.Add(_accepted);
        tick.Add(_tick);
    }

    public abstract ValueTask DisposeAsync();

    protected bool IsOver(long now) => now >= _time.Until;

    protected abstract Task RunAsync(CancellationToken cancellationToken);

    protected void WasAccepted(long sentAt, long now) => Record(_accepted, sentAt, now);

    protected void WasReceived(long sentAt, long now) => Record(_tick, sentAt, now);

    private void Record(LatencyHistogram histogram, long sentAt, long now)
    {
        if (!_time.Contains(now))
            return;
        lock (_lock)
            histogram.Record(now - sentAt);
    }
}
