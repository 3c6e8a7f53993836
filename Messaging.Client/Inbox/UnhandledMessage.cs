namespace Messaging.Client.Inbox;

/// <summary>A message that the application has not handled yet.</summary>
internal sealed class UnhandledMessage(ReceivedMessage message)
{
    public ReceivedMessage Message { get; } = message;

    /// <summary>Its place in the present epoch's queue; null where it has none yet.</summary>
    public SignalOffset? Offset { get; set; } = new SignalOffset(message.SignalOffset);

    public bool IsStale => Offset is null;

    public bool IsSame(ReceivedMessage other) =>
        Message.Id == other.Id && Message.From.User == other.From.User;
}
