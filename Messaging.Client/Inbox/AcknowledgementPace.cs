using Messaging.Client.Connection;

namespace Messaging.Client.Inbox;

/// <summary>
/// How soon an acknowledgement goes: at once where the last one was long ago, else later, together with those that
/// join it; after a refusal once it has backed off. Owned by the <see cref="ReceiveQueue"/> and its lock.
/// </summary>
internal sealed class AcknowledgementPace : IDisposable
{
    private readonly MessagingClientOptions _options;
    private readonly Func<double> _jitter;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private TimeSpan _interval;
    private long? _lastAt;
    private bool _isTimerSet;
    private int _refusals;
    private long _refusedAt;

    // Set by the timer: it may be early by less than the clock can tell, and would not be set again.
    private volatile bool _isOver;

    /// <param name="options">How long it may wait.</param>
    /// <param name="jitter">From 0 up to 1.</param>
    /// <param name="writeWork">Set when one may go that could not before.</param>
    public AcknowledgementPace(MessagingClientOptions options, Func<double> jitter, WorkSignal writeWork)
    {
        _options = options;
        _jitter = jitter;
        _time = options.TimeProvider;
        _interval = options.AcknowledgementDelay;
        _timer = _time.CreateTimer(_ =>
        {
            _isOver = true;
            writeWork.Set();
        }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether the last one was refused, and the next one backs off.</summary>
    public bool IsBackingOff { get; private set; }

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
        _interval = _options.AcknowledgementDelay;
        _isTimerSet = _isOver = IsBackingOff = false;
    }

    /// <summary>The last one was refused for now: the next one waits, longer from refusal to refusal.</summary>
    public void BackOff()
    {
        if (IsBackingOff)
            return;
        var now = _time.GetTimestamp();
        if (_refusals > 0 && _time.GetElapsedTime(_refusedAt, now) > 2 * _options.RetryMaxDelay)
            _refusals = 0;
        _interval = FullJitter.Delay(_refusals++, _options.RetryBaseDelay, _options.RetryMaxDelay, _jitter());
        _lastAt = _refusedAt = now;
        IsBackingOff = true;
        _isTimerSet = _isOver = false;
    }

    /// <summary>Wakes nobody until it is asked again.</summary>
    public void Rest()
    {
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _isTimerSet = false;
    }

    public void Dispose() => _timer.Dispose();
}
