namespace Messaging.Service.Sync;

/// <summary>Notices a peer that takes no bytes (protocol §2).</summary>
internal sealed class StallWatch : IDisposable
{
    private readonly TimeSpan _patience;
    private readonly ITimer _timer;

    /// <param name="patience">How long one write may wait for the peer.</param>
    /// <param name="onStalled">Called from a timer; must make the write end.</param>
    /// <param name="time">The clock.</param>
    public StallWatch(TimeSpan patience, Action onStalled, TimeProvider time)
    {
        _patience = patience;
        _timer = time.CreateTimer(
            static state => ((Action)state!)(), onStalled, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public async ValueTask WatchAsync(Task write)
    {
        _timer.Change(_patience, Timeout.InfiniteTimeSpan);
        try
        {
            await write;
        }
        finally
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer.Dispose();
}
