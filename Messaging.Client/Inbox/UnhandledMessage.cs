namespace Messaging.Client.Inbox;

/// <summary>A message that the application has not handled yet.</summary>
internal sealed record UnhandledMessage(ReceivedMessage Message, SignalOffset LastEntryBefore)
{
    /// <summary>Its offset is of an earlier epoch and means nothing any more.</summary>
    public bool IsStale { get; set; }

    public SignalOffset Offset => new(Message.SignalOffset);
}
