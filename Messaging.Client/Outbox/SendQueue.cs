using Messaging.Client.Connection;
using Messaging.Client.Storage;
using Messaging.V1;
using Polly;

namespace Messaging.Client.Outbox;

/// <summary>
/// What must be sent until it is true, in the order in which it was handed over, across streams. The application puts
/// in, the stream's write loop takes out, its read loop settles.
/// </summary>
internal sealed class SendQueue : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SendState _state;
    private readonly Retries _retries;
    private readonly Settlement _settlement;
    private readonly WorkSignal _writeWork;
    private MessagingException? _closed;

    // It has left the queue, and the store does not know yet.
    private MessageEntry? _settling;

    public SendQueue(
        ResiliencePipeline<bool> retry, ReceiptBook receipts, Settlement settlement, WorkSignal writeWork)
    {
        _state = new SendState(receipts);
        _retries = new Retries(retry, SendAgain);
        _settlement = settlement;
        _writeWork = writeWork;
    }

    /// <summary>What an earlier client of this device has left, in its order and ahead of everything new.</summary>
    public void Restore(StoredState left)
    {
        IReadOnlyList<SignalEntry> lost;
        lock (_gate)
        {
            _state.Restore(left);
            lost = _state.MoveTo(left.Era);
        }
        Refuse(lost);
    }

    /// <summary>Takes an id and a place in the order. Unreserved or appended next.</summary>
    /// <exception cref="ArgumentException">A message of this id is on its way already.</exception>
    public MessageEntry Reserve(Message message, bool isNew)
    {
        lock (_gate)
        {
            ThrowIfClosed();
            return _state.Reserve(message, isNew);
        }
    }

    public void Unreserve(OutboxEntry entry)
    {
        lock (_gate)
        {
            if (entry is MessageEntry message)
                _state.Unreserve(message);
        }
    }

    public SignalEntry NewSignal(Signal signal, int era)
    {
        lock (_gate)
        {
            ThrowIfClosed();
            return _state.NewSignal(signal, era);
        }
    }

    /// <summary>
    /// The entry joins the queue; of two reads of one conversation, only the higher one goes on. Returns why it cannot
    /// join; null where it can.
    /// </summary>
    public MessagingException? Append(OutboxEntry entry)
    {
        SignalEntry? covered = null;
        lock (_gate)
        {
            if (_closed is { } reason)
                return reason;
            if (entry is SignalEntry signal)
                covered = _state.Append(signal);
            else
                _state.Order.Append(entry);
        }
        if (covered is { IsCovered: true })
            _settlement.Forget(covered);
        else if (covered is not null)
            _settlement.Refuse(covered);
        _writeWork.Set();
        return null;
    }

    /// <summary>
    /// The handle of a message that has not been answered yet; null where there is none: whatever has been answered before
    /// has been given to the store.
    /// </summary>
    public SendHandle? Find(string messageId)
    {
        lock (_gate)
            return (_state.Find(messageId) ?? _settling)?.Handle is { } handle && handle.Id == messageId ? handle : null;
    }

    /// <summary>Whether a message of this id has not been answered yet.</summary>
    public bool Holds(string messageId)
    {
        lock (_gate)
            return _state.Holds(messageId);
    }

    /// <summary>Another ledger: what names offsets names messages by their ids from here on.</summary>
    public void NewEpoch(int era)
    {
        IReadOnlyList<SignalEntry> lost;
        lock (_gate)
            lost = _state.MoveTo(era);
        Refuse(lost);
    }

    public void NewStream()
    {
        lock (_gate)
        {
            _state.Order.NewStream();
            _state.Unclaimed.Clear();
        }
    }

    /// <summary>Whether there is more to write as soon as the server has answered what is under way.</summary>
    public bool AwaitsAnswer
    {
        get
        {
            lock (_gate)
                return _state.Order.AwaitsAnswer;
        }
    }

    /// <summary>How many entries wait for the server's answer.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _state.Entries.Count();
        }
    }

    /// <summary>The next frame to write; null where there is none now. One that is taken must be written.</summary>
    public Frame? Take()
    {
        lock (_gate)
            return _state.Order.Take()?.Frame;
    }

    /// <summary>A frame that no entry waits for goes up: what answers it must not be taken for another's answer.</summary>
    public void ExpectUnclaimed(string id)
    {
        lock (_gate)
            _state.Unclaimed.Add(id);
    }

    /// <summary>
    /// The server's answer to something. Returns what it settled; null where that is open. One answer at a time.
    /// </summary>
    public OutboxEntry? Settle(Signal answer)
    {
        Claim claim;
        bool isSettled;
        lock (_gate)
        {
            claim = _state.Claim(answer);
            isSettled = claim.Only is not null && answer is not { Type: SignalKind.Response, SignalOffsetState: false };
            MoveOn(claim.Message, isSettled);
            MoveOn(claim.Signal, isSettled);
            _settling = isSettled ? claim.Message : null;
        }
        _writeWork.Set();
        BackOff(claim.Message);
        BackOff(claim.Signal);
        if (!isSettled)
            return null;
        _settlement.Settle(claim.Only!, answer);
        lock (_gate)
            _settling = null;
        return claim.Only;
    }

    /// <summary>What backs off may go with the next stream, and no clock runs. Called when there is no stream.</summary>
    public async Task RestAsync()
    {
        await _retries.EndAllAsync().ConfigureAwait(false);
        lock (_gate)
        {
            foreach (var entry in _state.Entries)
            {
                entry.Attempt = null;
                _state.Order.EndBackOff(entry);
            }
        }
    }

    /// <summary>Faults what has not been answered, and ends the retries. Called when no stream is left.</summary>
    public async Task CloseAsync(MessagingException reason)
    {
        OutboxEntry[] left;
        lock (_gate)
        {
            _closed = reason;
            left = [.. _state.Entries];
            _state.Clear();
        }
        foreach (var entry in left)
            entry.Close(reason);
        await _retries.EndAllAsync().ConfigureAwait(false);
    }

    public void Dispose() => _retries.Dispose();

    private void Refuse(IReadOnlyList<SignalEntry> lost)
    {
        foreach (var entry in lost)
            _settlement.Refuse(entry);
    }

    private void MoveOn(OutboxEntry? entry, bool isSettled)
    {
        if (entry is null)
            return;
        if (isSettled)
            _state.Remove(entry);
        else
            _state.Order.HoldBack(entry);
    }

    private void BackOff(OutboxEntry? entry)
    {
        if (entry is { State: EntryState.BackingOff })
            _retries.BackOff(entry);
    }

    private void SendAgain(OutboxEntry entry, TaskCompletionSource<bool> attempt)
    {
        lock (_gate)
        {
            entry.Attempt = attempt;
            _state.Order.EndBackOff(entry);
        }
        _writeWork.Set();
    }

    private void ThrowIfClosed()
    {
        if (_closed is { } reason)
            throw reason;
    }
}
