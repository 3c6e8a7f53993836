using System.Diagnostics;
using Messaging.Service.Delivery;
using Messaging.Service.Ledger;

namespace Messaging.Service.Sync;

/// <summary>
/// Where the read loop and the ledger leave what the write loop has to answer. Bounded: the read loop takes no frame
/// while <paramref name="limit"/> are unanswered (protocol §2).
/// </summary>
internal sealed class Outbox(int limit, Kick kick)
{
    private readonly Lock _gate = new();
    private readonly Kick _room = new();

    // In the order in which they came: what waits for the ledger, and what waits only for its turn. The ledger settles
    // in this order, and the answers keep it.
    private readonly Queue<Taken> _waiting = new();
    private List<Taken> _due = [];
    private bool _isOutOfOrder;
    private int _unanswered;

    public int Unanswered => Volatile.Read(ref _unanswered);

    /// <summary>Ends when one more frame may be taken. For the read loop.</summary>
    public ValueTask RoomAsync(CancellationToken cancellationToken) =>
        Unanswered < limit ? ValueTask.CompletedTask : WaitForRoomAsync(cancellationToken);

    /// <summary>It is about to be handed to the ledger. For the read loop.</summary>
    public void Expect(Taken taken)
    {
        Interlocked.Increment(ref _unanswered);
        lock (_gate)
            _waiting.Enqueue(taken);
    }

    /// <summary>It needs nothing of the ledger, only its turn. For the read loop.</summary>
    public void Post(Taken taken)
    {
        Interlocked.Increment(ref _unanswered);
        lock (_gate)
        {
            if (_waiting.Count > 0)
            {
                _waiting.Enqueue(taken);
                return;
            }

            _due.Add(taken);
        }

        kick.Set();
    }

    /// <summary>For the ledger's writer; the kick follows with the batch.</summary>
    public void Settle(Submission submission)
    {
        lock (_gate)
        {
            // An answer made from the wrong frame would be worse than none: the stream fails, in its own loop.
            _isOutOfOrder |= !_waiting.TryDequeue(out var settled) || !ReferenceEquals(settled.Work, submission);
            if (settled is not null)
                _due.Add(settled);
            while (_waiting.TryPeek(out var next) && next.Work is null)
                _due.Add(_waiting.Dequeue());
        }
    }

    /// <summary>Hands over what is due in exchange for an empty list. For the write loop.</summary>
    public List<Taken> Drain(List<Taken> empty)
    {
        lock (_gate)
        {
            if (_isOutOfOrder)
                throw new UnreachableException("The ledger settled a stream's work out of order");
            if (_due.Count == 0)
                return empty;
            var due = _due;
            _due = empty;
            return due;
        }
    }

    /// <summary>So many have been answered, and the answers written. For the write loop.</summary>
    public void Release(int answered)
    {
        if (answered > 0 && Interlocked.Add(ref _unanswered, -answered) + answered >= limit)
            _room.Set();
    }

    private async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        await using var wake = cancellationToken.UnsafeRegister(static room => ((Kick)room!).Set(), _room);
        while (Unanswered >= limit)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await _room.WaitAsync();
        }
    }
}
