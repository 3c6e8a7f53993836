using Messaging.Client.Connection;

namespace Messaging.Client.Inbox;

/// <summary>
/// What has come and is not handled yet, and how far it may be acknowledged. The stream's read loop puts in, the
/// application's one reader takes out, the stream's write loop takes the acknowledgements.
/// </summary>
internal sealed class ReceiveQueue(WorkSignal writeWork)
{
    private readonly Lock _gate = new();
    private readonly WorkSignal _arrived = new();
    private readonly Position _position = new();

    // In the order of the queue. Stale ones are all ahead of the others; the first one may be in the reader's hands.
    private readonly LinkedList<UnhandledMessage> _unhandled = [];

    // The server never has more unacknowledged entries in flight than its window; null until it has named one.
    private int? _largestWindow;
    private string? _epoch;

    // The last entry that came as a frame and so wants to be acknowledged; an answer does not.
    private SignalOffset _lastEntry;

    // What the server knows to be acknowledged: the start of this stream, then what was sent on it.
    private SignalOffset _acknowledged;

    // The most that this was on any stream of this epoch.
    private SignalOffset _everAcknowledged;
    private MessagingException? _closed;

    private bool IsFull =>
        _unhandled.Count >= _largestWindow && _unhandled.Count(m => !m.IsStale) >= _largestWindow;

    public bool HasBegun
    {
        get
        {
            lock (_gate)
                return _position.HasBegun;
        }
    }

    /// <summary>
    /// Where this device stands, as the next stream's request says it; null until something is known.
    /// </summary>
    public (string Epoch, SignalOffset Offset)? Standing
    {
        get
        {
            lock (_gate)
                return _epoch is { } epoch && _everAcknowledged > SignalOffset.None ? (epoch, _everAcknowledged) : null;
        }
    }

    /// <summary>A stream has opened. Returns whether its epoch is another one than before.</summary>
    public bool NewStream(string epoch, int? window)
    {
        lock (_gate)
        {
            _position.NewStream();
            if (window is { } size)
                _largestWindow = Math.Max(size, _largestWindow ?? 0);
            var isOther = _epoch is not null && _epoch != epoch;
            if (isOther)
                ForgetOffsets();
            _epoch = epoch;
            return isOther;
        }
    }

    /// <summary>A position signal has come.</summary>
    public void AccountFor(SignalOffset upTo)
    {
        lock (_gate)
        {
            if (!_position.HasBegun)
                Acknowledge(upTo);
            _position.AccountFor(upTo);
        }
        // What was handled since the last stream was lost is told to this one.
        writeWork.Set();
    }

    /// <summary>An answer named an entry of this device's own.</summary>
    public void Count(SignalOffset entry, OwnAnswer answer)
    {
        lock (_gate)
            _position.Count(entry, answer);
    }

    /// <summary>A message of the queue has come. It is kept for the application unless this device knows it.</summary>
    public Step Take(ReceivedMessage message, bool isOwn)
    {
        Step step;
        lock (_gate)
        {
            var entry = new SignalOffset(message.SignalOffset);
            // Asked first: an entry that has been counted must be kept.
            if (entry > _position.Known && IsFull)
                throw new StreamLostException("The server sends past its own window.");
            var before = _lastEntry;
            step = TakeEntry(entry);
            if (step == Step.New && isOwn)
                step = Step.Own;
            if (step == Step.New)
            {
                DropStale(message);
                _unhandled.AddLast(new UnhandledMessage(message, before));
            }
        }
        (step == Step.New ? _arrived : writeWork).Set();
        return step;
    }

    /// <summary>An entry has come that the application need not handle.</summary>
    public Step Take(SignalOffset entry)
    {
        Step step;
        lock (_gate)
            step = TakeEntry(entry);
        writeWork.Set();
        return step;
    }

    /// <summary>The next message for the application; it stays the next until it is handled.</summary>
    public async ValueTask<ReceivedMessage> PeekAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_closed is { } reason)
                    throw reason;
                if (_unhandled.First is { } next)
                    return next.Value.Message;
            }
            await _arrived.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The application's copy is safe: the acknowledgement may go up to the next unhandled one.</summary>
    public void Handle(ReceivedMessage message)
    {
        lock (_gate)
        {
            if (_unhandled.First is { } first && ReferenceEquals(first.Value.Message, message))
                _unhandled.RemoveFirst();
        }
        writeWork.Set();
    }

    public bool TryTakeAcknowledgement(out SignalOffset upTo)
    {
        lock (_gate)
        {
            var blocker = FirstUnhandled();
            var lastEntry = blocker?.LastEntryBefore ?? _lastEntry;
            upTo = blocker?.Offset.Previous() ?? _position.Known;
            if (!_position.HasBegun || lastEntry <= _acknowledged)
                return false;
            Acknowledge(upTo);
            return true;
        }
    }

    public void Close(MessagingException reason)
    {
        lock (_gate)
            _closed = reason;
        _arrived.Set();
    }

    private Step TakeEntry(SignalOffset entry)
    {
        var step = _position.Advance(entry);
        if (step is Step.Gap)
            throw new StreamLostException($"Entries are missing: {entry} came after {_position.Known}.");
        // A known one too: it comes again because the server has no acknowledgement of it.
        _lastEntry = SignalOffset.Max(_lastEntry, entry);
        return step;
    }

    private void Acknowledge(SignalOffset upTo)
    {
        _acknowledged = upTo;
        _everAcknowledged = SignalOffset.Max(_everAcknowledged, upTo);
    }

    private void ForgetOffsets()
    {
        _position.Forget();
        _lastEntry = _acknowledged = _everAcknowledged = SignalOffset.None;
        foreach (var message in _unhandled)
            message.IsStale = true;
    }

    // The restored ledger sends again what it still has. The one in the reader's hands stays: it cannot be taken back.
    private void DropStale(ReceivedMessage message)
    {
        for (var node = _unhandled.First?.Next; node is { Value.IsStale: true }; node = node.Next)
        {
            if (node.Value.Message.Id != message.Id || node.Value.Message.From.User != message.From.User)
                continue;
            _unhandled.Remove(node);
            return;
        }
    }

    private UnhandledMessage? FirstUnhandled()
    {
        var node = _unhandled.First;
        while (node is { Value.IsStale: true })
            node = node.Next;
        return node?.Value;
    }
}
