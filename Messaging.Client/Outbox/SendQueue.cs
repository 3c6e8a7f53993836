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
    private readonly HashSet<ReadEntry> _reads = [];
    private readonly SendOrder _order = new();
    private readonly List<Task> _retries = [];
    private readonly CancellationTokenSource _closing = new();
    private long _sequence;
    private MessagingException? _closed;

    /// <param name="message">The message.</param>
    /// <param name="isNew">Whether nobody can have sent this id before.</param>
    public SendHandle AddMessage(Message message, bool isNew)
    {
        var handle = new SendHandle(message.Id, message.To.User, receipts);
        lock (_gate)
        {
            ThrowIfClosed();
            var entry = new MessageEntry(++_sequence, new Frame { Message = message }, handle, receipts)
            {
                IsInDoubt = !isNew,
            };
            if (!_messages.TryAdd(message.Id, entry))
                throw new ArgumentException($"Message {message.Id} is on its way already.", nameof(message));
            _order.Append(entry);
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
            _reads.Add(entry);
            _order.Append(entry);
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

    public void NewStream()
    {
        lock (_gate)
            _order.NewStream();
    }

    /// <summary>The next frame to write; null where there is none now. One that is taken must be written.</summary>
    public Frame? Take()
    {
        lock (_gate)
            return _order.Take()?.Frame;
    }

    /// <summary>The server's answer to a message or a read. Returns what it settled; null where that is open.</summary>
    public OutboxEntry? Settle(Signal answer)
    {
        OutboxEntry? entry;
        lock (_gate)
        {
            entry = answer.Id.Length == 0 ? _order.FirstRead : _messages.GetValueOrDefault(answer.Id);
            if (entry is not { State: EntryState.InFlight })
                return null;
            if (answer is { Type: SignalKind.Response, SignalOffsetState: false })
                _order.HoldBack(entry);
            else
                Forget(entry);
        }
        writeWork.Set();
        if (entry.State == EntryState.Held)
            return null;
        if (entry.State == EntryState.BackingOff)
        {
            BackOff(entry);
            return null;
        }
        slots.Leave();
        if (answer.Type == SignalKind.Error)
            entry.Refuse(Refusal.Parse(answer.Error));
        else
            entry.Advance(answer);
        return entry;
    }

    /// <summary>Faults what has not been answered, and ends the retries. Called when no stream is left.</summary>
    public async Task CloseAsync(MessagingException reason)
    {
        OutboxEntry[] left;
        lock (_gate)
        {
            _closed = reason;
            left = [.. _messages.Values, .. _reads];
            _messages.Clear();
            _reads.Clear();
        }
        slots.Close(reason);
        foreach (var entry in left)
            entry.Close(reason);
        await _closing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_retries).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _closing.Dispose();

    private void Forget(OutboxEntry entry)
    {
        _order.Remove(entry);
        entry.Attempt?.TrySetResult(true);
        if (entry is MessageEntry { Handle.Id: var id })
            _messages.Remove(id);
        else if (entry is ReadEntry read)
            _reads.Remove(read);
    }

    // The retry under way goes on, or the first one begins.
    private void BackOff(OutboxEntry entry)
    {
        if (entry.Attempt?.TrySetResult(false) ?? false)
            return;
        var retrying = RetryAsync(entry);
        _retries.RemoveAll(t => t.IsCompleted);
        _retries.Add(retrying);
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
            entry.Attempt = attempt;
            _order.EndBackOff(entry);
        }
        writeWork.Set();
        return await attempt.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private void ThrowIfClosed()
    {
        if (_closed is { } reason)
            throw reason;
    }
}
