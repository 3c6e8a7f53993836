using System.Diagnostics.CodeAnalysis;
using Messaging.Client.Connection;
using Messaging.V1;
using Polly;

namespace Messaging.Client.Outbox;

/// <summary>
/// What must be sent until it is true, in the order in which it was handed over, across streams. The application puts
/// in, the stream's write loop takes out, its read loop settles.
/// </summary>
internal sealed class SendQueue(
    ResiliencePipeline<bool> retry, ReceiptBook receipts, SendSlots slots, WorkSignal writeWork) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, MessageEntry> _messages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);

    // A read goes up without an id, for ids of other users' messages may be the same as those of our own; so one at a
    // time, or an answer would not tell which.
    private readonly Lane _reads = new(isSerial: true);

    // Exactly the entries that are Ready, by sequence.
    private readonly SortedSet<OutboxEntry> _ready =
        new(Comparer<OutboxEntry>.Create((a, b) => a.Sequence.CompareTo(b.Sequence)));

    private readonly List<Task> _retries = [];
    private readonly CancellationTokenSource _closing = new();
    private long _sequence;
    private MessagingException? _closed;

    public bool HasReady
    {
        get
        {
            lock (_gate)
                return _ready.Count > 0;
        }
    }

    public SendHandle AddMessage(Message message)
    {
        var handle = new SendHandle(message.Id, message.To.User, receipts);
        lock (_gate)
        {
            ThrowIfClosed();
            var entry = new MessageEntry(++_sequence, new Frame { Message = message }, handle, receipts);
            if (!_messages.TryAdd(message.Id, entry))
                throw new ArgumentException($"Message {message.Id} is on its way already.", nameof(message));
            if (!_lanes.TryGetValue(message.To.User, out var lane))
                _lanes.Add(message.To.User, lane = new Lane(isSerial: false));
            Append(lane, entry);
        }
        writeWork.Set();
        return handle;
    }

    public Task AddRead(Signal read)
    {
        ReadEntry entry;
        lock (_gate)
        {
            ThrowIfClosed();
            entry = new ReadEntry(++_sequence, new Frame { Signal = read });
            Append(_reads, entry);
        }
        writeWork.Set();
        return entry.Settled;
    }

    /// <summary>Whether a message of this id has not been answered yet.</summary>
    public bool Holds(string messageId)
    {
        lock (_gate)
            return _messages.ContainsKey(messageId);
    }

    /// <summary>What was written to an earlier stream and not answered goes again, before anything newer.</summary>
    public void NewStream()
    {
        lock (_gate)
        {
            foreach (var lane in _lanes.Values.Append(_reads))
            {
                // A refused head keeps its back-off, and those behind it their place.
                lane.IsFenced = lane.Head?.State == EntryState.BackingOff;
                foreach (var entry in lane.Entries.Where(e => e.State == EntryState.InFlight))
                {
                    entry.State = EntryState.Held;
                    entry.IsInDoubt = true;
                }
                Release(lane);
            }
        }
    }

    public bool TryTake([NotNullWhen(true)] out Frame? frame)
    {
        lock (_gate)
        {
            var entry = _ready.Min;
            frame = entry?.Frame;
            if (entry is null)
                return false;
            _ready.Remove(entry);
            entry.State = EntryState.InFlight;
            return frame is not null;
        }
    }

    /// <summary>The server's answer to a message or a read. Returns what it settled; null where that is open.</summary>
    public OutboxEntry? Settle(Signal answer)
    {
        OutboxEntry? entry;
        var retryNow = false;
        lock (_gate)
        {
            entry = Find(answer);
            if (entry is not { State: EntryState.InFlight })
                return null;
            if (IsNotAdvanced(answer))
                retryNow = HoldBack(entry);
            else
                Remove(entry);
        }
        writeWork.Set();
        if (IsNotAdvanced(answer))
        {
            if (retryNow)
                Hold(RetryAsync(entry));
            return null;
        }
        slots.Leave();
        if (answer.Type == SignalKind.Error)
            entry.Refuse(Refusal.Parse(answer.Error));
        else
            entry.Advance(answer);
        return entry;
    }

    /// <summary>Faults what has not been answered, and ends the retries.</summary>
    public async Task CloseAsync(MessagingException reason)
    {
        OutboxEntry[] left;
        lock (_gate)
        {
            _closed = reason;
            left = [.. _messages.Values, .. _reads.Entries];
            _messages.Clear();
            _lanes.Clear();
            _reads.Entries.Clear();
            _ready.Clear();
        }
        slots.Close(reason);
        foreach (var entry in left)
            entry.Close(reason);
        await _closing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_retries).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _closing.Dispose();

    private static bool IsNotAdvanced(Signal answer) =>
        answer is { Type: SignalKind.Response, SignalOffsetState: false };

    private OutboxEntry? Find(Signal answer) =>
        answer.Id.Length == 0 ? _reads.Head : _messages.GetValueOrDefault(answer.Id);

    private Lane LaneOf(OutboxEntry entry) => entry is MessageEntry { Handle.To: var to } ? _lanes[to] : _reads;

    private void Append(Lane lane, OutboxEntry entry)
    {
        lane.Entries.AddLast(entry);
        if (lane.Head == entry || !lane.PassesOnlyHead)
            MakeReady(entry);
    }

    private void Remove(OutboxEntry entry)
    {
        var lane = LaneOf(entry);
        var wasHead = lane.Head == entry;
        lane.Entries.Remove(entry);
        entry.Attempt?.TrySetResult(true);
        if (entry is MessageEntry { Handle: var handle })
        {
            _messages.Remove(handle.Id);
            if (lane.Head is null)
                _lanes.Remove(handle.To);
        }
        if (!wasHead || !lane.PassesOnlyHead)
            return;
        lane.IsFenced = false;
        Release(lane);
    }

    // Returns whether its retries have to be started.
    private bool HoldBack(OutboxEntry entry)
    {
        var lane = LaneOf(entry);
        lane.IsFenced = true;
        foreach (var waiting in lane.Entries.Where(e => e.State == EntryState.Ready))
        {
            _ready.Remove(waiting);
            waiting.State = EntryState.Held;
        }
        entry.State = lane.Head == entry ? EntryState.BackingOff : EntryState.Held;
        Release(lane);
        if (entry.State != EntryState.BackingOff)
            return false;
        return entry.Attempt is null || !entry.Attempt.TrySetResult(false);
    }

    // Lets go what may be written now.
    private void Release(Lane lane)
    {
        foreach (var entry in lane.Entries)
        {
            if (entry.State == EntryState.Held)
                MakeReady(entry);
            if (lane.PassesOnlyHead)
                return;
        }
    }

    private void MakeReady(OutboxEntry entry)
    {
        entry.State = EntryState.Ready;
        _ready.Add(entry);
    }

    private async Task RetryAsync(OutboxEntry entry)
    {
        var refused = true;
        await retry.ExecuteAsync(async cancellationToken =>
        {
            // The pipeline's first try is the one that has just been refused.
            if (!refused)
                return await SendAgainAsync(entry, cancellationToken).ConfigureAwait(false);
            refused = false;
            return false;
        }, _closing.Token).ConfigureAwait(false);
    }

    private async Task<bool> SendAgainAsync(OutboxEntry entry, CancellationToken cancellationToken)
    {
        var attempt = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            cancellationToken.ThrowIfCancellationRequested();
            entry.Attempt = attempt;
            MakeReady(entry);
        }
        writeWork.Set();
        return await attempt.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private void Hold(Task retrying)
    {
        lock (_gate)
        {
            _retries.RemoveAll(t => t.IsCompleted);
            _retries.Add(retrying);
        }
    }

    private void ThrowIfClosed()
    {
        if (_closed is { } reason)
            throw reason;
    }
}
