using Messaging.Client.Connection;
using Messaging.V1;

namespace Messaging.Client.Outbox;

/// <summary>
/// Hints on their way out (protocol §7). They wait for the write loop of the present stream and for nothing else. Any
/// thread may call it.
/// </summary>
internal sealed class AwarenessQueue(WorkSignal writeWork)
{
    private const int MostWaiting = 64;

    private readonly Lock _gate = new();
    private readonly Queue<(Signal Signal, TaskCompletionSource<AwarenessResult> Result)> _waiting = new();
    private bool _isOpen;

    public Task<AwarenessResult> SendAsync(Signal signal)
    {
        var result = new TaskCompletionSource<AwarenessResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (!_isOpen)
                return Task.FromResult(AwarenessResult.NotConnected);
            if (_waiting.Count >= MostWaiting)
                return Task.FromResult(AwarenessResult.Dropped);
            _waiting.Enqueue((signal, result));
        }
        writeWork.Set();
        return result.Task;
    }

    /// <summary>The next frame to write; null where there is none. One that is taken must be written.</summary>
    public Frame? Take()
    {
        lock (_gate)
        {
            if (!_waiting.TryDequeue(out var next))
                return null;
            next.Result.SetResult(AwarenessResult.Sent);
            return new Frame { Signal = next.Signal };
        }
    }

    /// <summary>A stream has begun.</summary>
    public void Open()
    {
        lock (_gate)
            _isOpen = true;
    }

    /// <summary>The stream has ended: what waits is out of date.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isOpen = false;
            while (_waiting.TryDequeue(out var dropped))
                dropped.Result.SetResult(AwarenessResult.NotConnected);
        }
    }
}
