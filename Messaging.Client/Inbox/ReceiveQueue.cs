using Messaging.Client.Connection;
using Messaging.Client.Storage;

namespace Messaging.Client.Inbox;

/// <summary>
/// What has come and is not handled yet, and how far it may be acknowledged. The stream's read loop puts in, the
/// application's one reader takes out, the stream's write loop takes what goes up about it.
/// </summary>
internal sealed class ReceiveQueue(WorkSignal writeWork, AcknowledgementPace pace)
{
    private const long MostUnhandledBytes = 64 << 20;

    private readonly Lock _gate = new();
    private readonly WorkSignal _arrived = new();
    private readonly QueueState _state = new(pace);
    private MessagingException? _closed;

    public Place Place
    {
        get
        {
            lock (_gate)
                return _state.Place;
        }
    }

    /// <summary>
    /// Whether the server holds entries back until the application has handled what it was given.
    /// </summary>
    public bool IsPaused
    {
        get
        {
            lock (_gate)
                return _state.IsPaused;
        }
    }

    /// <summary>
    /// Where this device stands, as the next stream's request says it; null until something is known.
    /// </summary>
    public StoredPosition? Standing
    {
        get
        {
            lock (_gate)
                return _state.Standing;
        }
    }

    /// <summary>Everything up to here has come or is accounted for, under the present epoch.</summary>
    public SignalOffset Known
    {
        get
        {
            lock (_gate)
                return _state.Known;
        }
    }

    /// <summary>Up to where the application's copy is safe; null until something is known.</summary>
    public StoredPosition? Safe
    {
        get
        {
            lock (_gate)
                return _state.Safe;
        }
    }

    /// <summary>What an earlier client of this device has left.</summary>
    public void Restore(StoredPosition position, int era)
    {
        lock (_gate)
            _state.Restore(position, era);
    }

    /// <summary>How many epochs came before the present one.</summary>
    public int Era
    {
        get
        {
            lock (_gate)
                return _state.Era;
        }
    }

    /// <summary>A stream has opened. Returns what its epoch is to the one before.</summary>
    public EpochStep NewStream(string epoch, int? window)
    {
        lock (_gate)
            return _state.NewStream(epoch, window);
    }

    /// <summary>A position signal has come.</summary>
    public void AccountFor(SignalOffset upTo, string id)
    {
        lock (_gate)
            _state.AccountFor(upTo, id);
        // What was handled since the last stream was lost is told to this one.
        writeWork.Set();
    }

    /// <summary>Whether this client has asked under this id for entries to be sent again.</summary>
    public bool IsReread(string id)
    {
        lock (_gate)
            return _state.IsReread(id);
    }

    /// <summary>An answer named an entry of this device's own.</summary>
    public void Count(SignalOffset entry, OwnAnswer answer)
    {
        lock (_gate)
            _state.Count(entry, answer);
    }

    /// <summary>A message of the queue has come. It is kept for the application unless this device knows it.</summary>
    public Step Take(ReceivedMessage message, bool isOwn)
    {
        Step step;
        lock (_gate)
        {
            // No server that keeps to its window's bytes comes near it (protocol §5).
            if (_state.Unhandled.Size > MostUnhandledBytes)
                throw new StreamLostException("The server sends more than fits into the memory of this device.");
            step = _state.Take(new SignalOffset(message.SignalOffset));
            if (step == Step.New && (isOwn || !_state.Unhandled.TryAdd(message)))
                step = Step.Own;
        }
        (step == Step.New ? _arrived : writeWork).Set();
        return step;
    }

    /// <summary>An entry has come that is safe once the store has it: a new one is to be written next.</summary>
    public Step Take(SignalOffset entry)
    {
        Step step;
        lock (_gate)
        {
            step = _state.Take(entry);
            if (step == Step.New)
                _state.AwaitWrite(entry);
        }
        if (step != Step.New)
            writeWork.Set();
        return step;
    }

    /// <summary>The store has the next entry that was to be written.</summary>
    /// <param name="era">The epoch under which it came: where another one has begun, it counts no more.</param>
    public void EndWrite(int era)
    {
        lock (_gate)
            _state.EndWrite(era);
        writeWork.Set();
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
                if (_state.Unhandled.First is { } next)
                    return next;
            }
            await _arrived.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The application's copy is safe: the acknowledgement may go up to the next unhandled one.</summary>
    public void Handle(ReceivedMessage message)
    {
        lock (_gate)
            _state.Unhandled.Handle(message);
        writeWork.Set();
    }

    /// <summary>What has to be asked for again; once for each time.</summary>
    public Reread? TakeReread()
    {
        lock (_gate)
            return _state.TakeReread();
    }

    /// <summary>What may be acknowledged now; null where nothing may.</summary>
    /// <param name="atOnce">Does not wait for others to join.</param>
    public StoredPosition? TakeAcknowledgement(bool atOnce)
    {
        lock (_gate)
            return _state.TakeAcknowledgement(atOnce);
    }

    /// <summary>The server could not take an acknowledgement for now: it goes again after a back-off.</summary>
    public void RefuseAcknowledgement()
    {
        lock (_gate)
            _state.RefuseAcknowledgement();
        writeWork.Set();
    }

    /// <summary>There is no stream for a while: no clock runs.</summary>
    public void Rest()
    {
        lock (_gate)
            pace.Rest();
    }

    public void Close(MessagingException reason)
    {
        lock (_gate)
            _closed = reason;
        pace.Dispose();
        _arrived.Set();
    }
}
