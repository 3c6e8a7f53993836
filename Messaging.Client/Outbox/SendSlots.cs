namespace Messaging.Client.Outbox;

/// <summary>
/// The bound of the outbox: who finds it full waits here, first come, first served. Any thread may call it.
/// </summary>
internal sealed class SendSlots(int count)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiting = [];

    // None until it is known how many are taken by what an earlier client has left.
    private int _free;
    private MessagingException? _closed;

    /// <summary>How many are taken already, which may be more than there are now.</summary>
    public void Open(int taken)
    {
        lock (_gate)
        {
            _free += count - taken;
            LetIn();
        }
    }

    /// <summary>
    /// Takes a place and runs <paramref name="enter"/>, in the order of these calls, whether they are awaited or not. It
    /// must not wait; where it throws, the place is free again.
    /// </summary>
    public async Task EnterAsync(Action enter, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var waiter = new Waiter(enter);
        LinkedListNode<Waiter> node;
        lock (_gate)
        {
            if (_closed is { } reason)
                throw reason;
            node = _waiting.AddLast(waiter);
            LetIn();
        }
        using var registration = waiter.Entered.Task.IsCompleted ? default : cancellationToken.Register(() =>
        {
            lock (_gate)
            {
                if (node.List is null)
                    return;
                _waiting.Remove(node);
            }
            waiter.Entered.TrySetCanceled(cancellationToken);
        });
        await waiter.Entered.Task.ConfigureAwait(false);
    }

    /// <summary>
    /// As <see cref="EnterAsync"/>, ahead of all who wait, and also where there is no place: up to as many more as there
    /// are places. Returns whether it has entered.
    /// </summary>
    public bool TryOverdraw(Action enter)
    {
        lock (_gate)
        {
            if (_closed is not null || _free <= -count)
                return false;
            _free--;
            enter();
            return true;
        }
    }

    public void Leave()
    {
        lock (_gate)
        {
            _free++;
            LetIn();
        }
    }

    public void Close(MessagingException reason)
    {
        lock (_gate)
        {
            _closed = reason;
            foreach (var waiter in _waiting)
                waiter.Entered.TrySetException(reason);
            _waiting.Clear();
        }
    }

    // Under the lock, so that the order is that of the queue. What enters may leave at once, and be here again.
    private void LetIn()
    {
        while (_free > 0 && _waiting.First is { } first)
        {
            _waiting.RemoveFirst();
            _free--;
            try
            {
                first.Value.Enter();
                first.Value.Entered.TrySetResult();
            }
#pragma warning disable CA1031 // It is the waiting caller's.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _free++;
                first.Value.Entered.TrySetException(e);
            }
        }
    }

    private sealed record Waiter(Action Enter)
    {
        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
