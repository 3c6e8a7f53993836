using Messaging.Client.Storage;

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

    /// <summary>What an earlier client has learnt of a conversation.</summary>
    public void Restore(string peer, int received, int read)
    {
        Move(peer, received, read: false);
        Move(peer, read, read: true);
    }

    /// <summary>A handle for what the store knows of a message that is not in the outbox.</summary>
    public SendHandle Restore(SentMessage sent)
    {
        var handle = new SendHandle(sent.Message.Id, sent.Message.To.User, this);
        var state = sent.Message.State;
        if (state == MessageState.Refused)
        {
            var (code, text) = sent.Refusal ?? default;
            Fail(handle, new MessageRefusedException(handle.Id, code, text));
            return handle;
        }
        lock (_gate)
        {
            handle.Reached = state;
            if (state >= MessageState.Received)
                (handle.ReceivedWaiter = NewWaiter()).SetResult();
            if (state >= MessageState.Read)
                (handle.ReadWaiter = NewWaiter()).SetResult();
            if (sent.IsOfThisEpoch)
                handle.UserOffset = sent.Message.UserOffset;
        }
        if (sent.Acceptance is { } acceptance)
            handle.AcceptedSource.SetResult(acceptance);
        return handle;
    }

    /// <summary>How far the message has come; never less than before.</summary>
    public MessageState StateOf(SendHandle handle)
    {
        lock (_gate)
        {
            if (handle.Failure is MessageRefusedException)
                return MessageState.Refused;
            var state = !handle.AcceptedSource.Task.IsCompletedSuccessfully ? MessageState.Pending
                : IsCovered(handle, read: true) ? MessageState.Read
                : IsCovered(handle, read: false) ? MessageState.Received
                : MessageState.Sent;
            return handle.Reached = state > handle.Reached ? state : handle.Reached;
        }
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
            foreach (var conversation in _conversations.Values)
            {
                foreach (var handle in conversation.Waiting)
                    FailWaiters(handle, reason);
                conversation.Waiting.Clear();
            }
        }
    }

    // Returns whether nothing that was asked for is left open.
    private bool CompleteCovered(SendHandle handle)
    {
        if (handle.UserOffset is null)
            return false;
        if (IsCovered(handle, read: false))
            handle.ReceivedWaiter?.TrySetResult();
        if (IsCovered(handle, read: true))
            handle.ReadWaiter?.TrySetResult();
        return (handle.ReceivedWaiter?.Task.IsCompleted ?? true) && (handle.ReadWaiter?.Task.IsCompleted ?? true);
    }

    private bool IsCovered(SendHandle handle, bool read)
    {
        if (handle.UserOffset is not { } offset)
            return false;
        // Protocol §4: a note to oneself has no receipts; who wrote it has it and has read it.
        if (handle.To == self)
            return true;
        var conversation = _conversations.GetValueOrDefault(handle.To);
        return offset <= (read ? conversation?.Read : conversation?.Received);
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
