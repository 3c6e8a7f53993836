namespace Messaging.Client;

/// <summary>A message out of this user's queue (protocol §5). Immutable: any thread may read it.</summary>
public sealed record ReceivedMessage
{
    /// <summary>Names the message for ever among those of its sender.</summary>
    public required string Id { get; init; }

    /// <summary>Who sent it, from which device.</summary>
    public required Identity From { get; init; }

    /// <summary>Whom it was sent to.</summary>
    public required Identity To { get; init; }

    /// <summary>In which role this device gets it.</summary>
    public required MessageRole Role { get; init; }

    /// <summary>Its place in the conversation, from 1, the same at both ends.</summary>
    public required int UserOffset { get; init; }

    /// <summary>Its place in this user's queue, from 1.</summary>
    public required int SignalOffset { get; init; }

    /// <summary>When its sender says it was written.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The content, opened by the protector where there is one; empty where it is <see cref="Unusable"/>.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>As it came: how <see cref="Encrypted"/> was made; empty or <c>none</c> where it was not.</summary>
    public string EncryptionType { get; init; } = "";

    /// <summary>The encrypted content in base64.</summary>
    public string Encrypted { get; init; } = "";

    /// <summary>The sender's signature in base64; unchecked unless a protector signs.</summary>
    public string Signature { get; init; } = "";

    /// <summary>
    /// Why the protector could not open it, which its sender is told too; null where it did, or where there is none.
    /// </summary>
    public string? Unusable { get; init; }

    /// <summary>True where it came live, false where it came out of the backlog.</summary>
    public bool IsLive { get; init; }

    // The epoch that its places are of, counted from 0: under another one they mean nothing.
    internal int Era { get; init; }

    /// <summary>The user at the other end of the conversation.</summary>
    public string Peer => Role == MessageRole.Receiver ? From.User : To.User;
}
