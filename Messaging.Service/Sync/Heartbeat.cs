namespace Messaging.Service.Sync;

/// <summary>Tells the write loop when nothing has gone down for too long (protocol §2).</summary>
internal sealed class Heartbeat : IDisposable
{
    private readonly TimeSpan _period;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private volatile bool _hasRung;
    private long _lastFrame;

    public Heartbeat(TimeSpan period, Kick kick, TimeProvider time)
    {
        _period = period;
        _time = time;
        _lastFrame = time.GetTimestamp();
        _timer = time.CreateTimer(
            _ =>
            {
                _hasRung = true;
                kick.Set();
            },
            state: null, period, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether a position signal is due; the timer then runs for the next one.</summary>
    public bool IsDue()
    {
        if (!_hasRung)
            return false;
        _hasRung = false;

        // A timer that each frame reset would cost more than one that looks again.
        var left = _period - _time.GetElapsedTime(_lastFrame);
        var isDue = left <= TimeSpan.Zero;
        _timer.Change(isDue ? _period : left, Timeout.InfiniteTimeSpan);
        return isDue;
    }

    public void FrameWent() => _lastFrame = _time.GetTimestamp();

    public void Dispose() => _timer.Dispose();
}
