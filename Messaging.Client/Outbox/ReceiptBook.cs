namespace Messaging.Client.Outbox;

/// <summary>
/// How far the other members have received and read each conversation (protocol §6), and who waits to learn it.
/// Receipts and answers come in any order. Any thread may call it.
/// </summary>
internal sealed class ReceiptBook(string self)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Conversation> _conversations = new(StringComparer.Ordinal);
    private MessagingException? _closed;

    public Task Watch(SendHandle handle, bool read)
    {
        lock (_gate)
        {
            var waiter = read
                ? handle.ReadWaiter ??= NewWaiter()
                : handle.ReceivedWaiter ??= NewWaiter();
            if ((handle.Failure ?? _closed) is { } reason)
                SetFailure(waiter, reason);
            else if (!CompleteCovered(handle))
                With(handle.To).Waiting.Add(handle);
            return waiter.Task;
        }
    }

    public void Accept(SendHandle handle, Acceptance acceptance)
    {
        lock (_gate)
        {
            handle.UserOffset = acceptance.UserOffset;
            if (CompleteCovered(handle) && _conversations.TryGetValue(handle.To, out var conversation))
                conversation.Waiting.Remove(handle);
        }
        handle.AcceptedSource.TrySetResult(acceptance);
    }

    public void Fail(SendHandle handle, MessagingException reason)
    {
        lock (_gate)
        {
            handle.Failure = reason;
            if (_conversations.TryGetValue(handle.To, out var conversation))
                conversation.Waiting.Remove(handle);
            FailWaiters(handle, reason);
        }
        SetFailure(handle.AcceptedSource, reason);
    }

    /// <summary>A watermark of the conversation with this user has moved.</summary>
    public void Move(string peer, int userOffset, bool read)
    {
        lock (_gate)
        {
            var conversation = With(peer);
            conversation.Received = Math.Max(conversation.Received, userOffset);
            if (read)
                conversation.Read = Math.Max(conversation.Read, userOffset);
            conversation.Waiting.RemoveWhere(CompleteCovered);
        }
    }

    /// <summary>Another ledger: its conversations may give the same offsets to other messages.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            foreach (var conversation in _conversations.Values)
                conversation.Received = conversation.Read = 0;
        }
    }

    public void Close(MessagingException reason)
    {
        lock (_gate)
        {
            _closed = reason;
            foreach (var handle in _conversations.Values.SelectMany(c => c.Waiting))
                FailWaiters(handle, reason);
            _conversations.Clear();
        }
    }

    // Returns whether nothing that was asked for is left open.
    private bool CompleteCovered(SendHandle handle)
    {
        if (handle.UserOffset is not { } offset)
            return false;
        // Protocol §4: a note to oneself has no receipts; who wrote it has it and has read it.
        var isNote = handle.To == self;
        var conversation = _conversations.GetValueOrDefault(handle.To);
        if (isNote || offset <= conversation?.Received)
            handle.ReceivedWaiter?.TrySetResult();
        if (isNote || offset <= conversation?.Read)
            handle.ReadWaiter?.TrySetResult();
        return (handle.ReceivedWaiter?.Task.IsCompleted ?? true) && (handle.ReadWaiter?.Task.IsCompleted ?? true);
    }

    private Conversation With(string peer)
    {
        if (!_conversations.TryGetValue(peer, out var conversation))
            _conversations.Add(peer, conversation = new Conversation());
        return conversation;
    }

    private static TaskCompletionSource NewWaiter() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void FailWaiters(SendHandle handle, MessagingException reason)
    {
        if (handle.ReceivedWaiter is { } received)
            SetFailure(received, reason);
        if (handle.ReadWaiter is { } read)
            SetFailure(read, reason);
    }

    // Who never awaits a handle has chosen not to know: not an unobserved exception.
    private static void SetFailure(TaskCompletionSource waiter, MessagingException reason)
    {
        if (waiter.TrySetException(reason))
            _ = waiter.Task.Exception;
    }

    private static void SetFailure(TaskCompletionSource<Acceptance> waiter, MessagingException reason)
    {
        if (waiter.TrySetException(reason))
            _ = waiter.Task.Exception;
    }

    private sealed class Conversation
    {
        public int Received { get; set; }

        public int Read { get; set; }

        // Handles whose task was asked for and is not completed; no others are kept.
        public HashSet<SendHandle> Waiting { get; } = [];
    }
}
