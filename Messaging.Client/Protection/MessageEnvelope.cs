namespace Messaging.Client.Protection;

/// <summary>A whole message, as an <see cref="IMessageProtector"/> sees it on either side of the wire.</summary>
public sealed record MessageEnvelope
{
    /// <summary>Names the message for ever among those of its sender.</summary>
    public required string Id { get; init; }

    /// <summary>Who sends it, from which device; coming down, the server vouches for both.</summary>
    public required Identity From { get; init; }

    /// <summary>Whom it goes to; the device is empty unless one is meant.</summary>
    public required Identity To { get; init; }

    /// <summary>
    /// The user at the other end of the conversation, as seen from this device; this user's own name for notes to oneself.
    /// </summary>
    public required string Peer { get; init; }

    /// <summary>When its sender says it was written, to the millisecond.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>What it says.</summary>
    public required MessageContent Content { get; init; }

    internal static MessageEnvelope Of(ReceivedMessage message) => new()
    {
        Id = message.Id,
        From = message.From,
        To = message.To,
        Peer = message.Peer,
        Timestamp = message.Timestamp,
        Content = new()
        {
            Payload = message.Payload,
            EncryptionType = message.EncryptionType,
            Encrypted = message.Encrypted,
            Signature = message.Signature,
        },
    };
}
