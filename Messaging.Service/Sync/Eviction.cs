namespace Messaging.Service.Sync;

/// <summary>
/// Cuts off a stream that has been told to end and does not, because its peer takes nothing (protocol §11). Safe for
/// concurrent use; it has a timer only once it has begun.
/// </summary>
/// <param name="cutOff">Called once, from a timer; must make the stream end.</param>
/// <param name="time">The clock.</param>
internal sealed class Eviction(Action cutOff, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private ITimer? _timer;
    private bool _isOver;

    public void Begin()
    {
        lock (_gate)
        {
            if (!_isOver)
                _timer ??= time.CreateTimer(_ => CutOff(), state: null, Patience, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The stream has ended: from now on nothing is called.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            _timer?.Dispose();
        }
    }

    private void CutOff()
    {
        // Under the lock: the call of a stream that is over may be another's by then.
        lock (_gate)
        {
            if (!_isOver)
                cutOff();
        }
    }
}
