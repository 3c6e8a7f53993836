using Messaging.Client.Connection;

namespace Messaging.Client.Inbox;

/// <summary>
/// How soon an acknowledgement goes: at once where the last one was long ago, else later, together with those that
/// join it. Owned by the <see cref="ReceiveQueue"/> and its lock.
/// </summary>
internal sealed class AcknowledgementPace : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly ITimer _timer;
    private long? _lastAt;
    private bool _isTimerSet;

    // Set by the timer: it may be early by less than the clock can tell, and would not be set again.
    private volatile bool _isOver;

    public AcknowledgementPace(TimeProvider time, TimeSpan interval, WorkSignal writeWork)
    {
        _time = time;
        _interval = interval;
        _timer = time.CreateTimer(_ =>
        {
            _isOver = true;
            writeWork.Set();
        }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether one may go now; if not, the write loop is woken when it may.</summary>
    public bool AllowsNow()
    {
        if (_isOver || _interval == TimeSpan.Zero || _lastAt is not { } last)
            return true;
        var elapsed = _time.GetElapsedTime(last);
        if (elapsed >= _interval)
            return true;
        if (!_isTimerSet)
            _timer.Change(_interval - elapsed, Timeout.InfiniteTimeSpan);
        _isTimerSet = true;
        return false;
    }

    public void Went()
    {
        _lastAt = _time.GetTimestamp();
        _isTimerSet = _isOver = false;
    }

    public void Dispose() => _timer.Dispose();
}
