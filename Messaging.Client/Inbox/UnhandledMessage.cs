namespace Messaging.Client.Inbox;

/// <summary>A message that the application has not handled yet.</summary>
internal sealed class UnhandledMessage(ReceivedMessage message)
{
    public ReceivedMessage Message { get; } = message;

    /// <summary>Its place in the present epoch's queue; null where it has none yet.</summary>
    public SignalOffset? Offset { get; set; } = new SignalOffset(message.SignalOffset);

    /// <summary>What it holds of the memory, about.</summary>
    public long Size { get; } = message.Payload.Length
        + (2L * (message.Encrypted.Length + message.Signature.Length + message.Id.Length + message.From.User.Length));

    public bool IsStale => Offset is null;

    public bool IsSame(ReceivedMessage other) =>
        Message.Id == other.Id && Message.From.User == other.From.User;
}
