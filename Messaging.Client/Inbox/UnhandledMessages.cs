namespace Messaging.Client.Inbox;

/// <summary>
/// The messages that have come and are not handled, in the order in which they are handed out. Owned by the
/// <see cref="ReceiveQueue"/> and its lock.
/// </summary>
internal sealed class UnhandledMessages
{
    // The first one may be in the reader's hands.
    private readonly LinkedList<UnhandledMessage> _messages = [];
    private readonly HandledMessages _handled = new();

    /// <summary>What they hold of the memory, about.</summary>
    public long Size { get; private set; }

    public ReceivedMessage? First => _messages.First?.Value.Message;

    /// <summary>The first place in the queue that is not handled.</summary>
    public SignalOffset? FirstOffset
    {
        get
        {
            var node = _messages.First;
            while (node is { Value.IsStale: true })
                node = node.Next;
            return node?.Value.Offset;
        }
    }

    /// <summary>Keeps a message, unless the application has handled it under an earlier epoch (protocol §5).</summary>
    public bool TryAdd(ReceivedMessage message)
    {
        if (_handled.CameBefore(message))
            return false;
        // The restored ledger sends again what it still has. The one in the reader's hands cannot be taken back: it
        // takes the new place. Any other is handed out in its new place.
        if (_messages.First?.Value is { IsStale: true } first && first.IsSame(message))
        {
            first.Offset = new SignalOffset(message.SignalOffset);
            return true;
        }
        DropStale(message);
        var added = new UnhandledMessage(message);
        _messages.AddLast(added);
        Size += added.Size;
        return true;
    }

    /// <summary>The application has handled the first message, where it is this one.</summary>
    public void Handle(ReceivedMessage message)
    {
        if (_messages.First is not { } first || !ReferenceEquals(first.Value.Message, message))
            return;
        _messages.RemoveFirst();
        Size -= first.Value.Size;
        _handled.Add(message);
    }

    /// <summary>Another epoch: the offsets mean nothing any more.</summary>
    public void MakeStale()
    {
        foreach (var message in _messages)
            message.Offset = null;
        _handled.EndEpoch();
    }

    private void DropStale(ReceivedMessage message)
    {
        for (var node = _messages.First?.Next; node is { Value.IsStale: true }; node = node.Next)
        {
            if (!node.Value.IsSame(message))
                continue;
            _messages.Remove(node);
            Size -= node.Value.Size;
            return;
        }
    }
}
