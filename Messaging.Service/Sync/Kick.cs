using System.Threading.Tasks.Sources;

namespace Messaging.Service.Sync;

/// <summary>
/// Wakes one waiter, without allocating: any number of <see cref="Set"/> before the waiter looks are one. One waiter at
/// a time; <see cref="Set"/> from any thread.
/// </summary>
internal sealed class Kick : IValueTaskSource
{
    private const int Idle = 0;
    private const int IsSet = 1;
    private const int Waiting = 2;

    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private int _state = Idle;

    /// <summary>Never blocks and never runs the waiter on the caller's thread.</summary>
    public void Set()
    {
        if (Interlocked.Exchange(ref _state, IsSet) == Waiting)
            _source.SetResult(true);
    }

    /// <summary>Ends at the next <see cref="Set"/>, at once if there has been one since the last wait.</summary>
    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, IsSet) == IsSet)
            return ValueTask.CompletedTask;

        _source.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle)
            return new ValueTask(this, _source.Version);

        // It was set between the two looks.
        Interlocked.Exchange(ref _state, Idle);
        return ValueTask.CompletedTask;
    }

    void IValueTaskSource.GetResult(short token)
    {
        _source.GetResult(token);

        // What was published before a Set up to here is seen by the waiter, which looks after this.
        Interlocked.Exchange(ref _state, Idle);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
