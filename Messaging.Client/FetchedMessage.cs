namespace Messaging.Client;

/// <summary>
/// A message as the server has it, sent or received, fetched and not kept. Immutable: any thread may read it.
/// </summary>
public sealed record FetchedMessage
{
    /// <summary>Names the message for ever among those of its sender.</summary>
    public required string Id { get; init; }

    /// <summary>Who sent it, from which device.</summary>
    public required Identity From { get; init; }

    /// <summary>Whom it was sent to; the device is empty unless one was meant.</summary>
    public required Identity To { get; init; }

    /// <summary>Whether this user sent it, from whichever device.</summary>
    public required bool IsOwn { get; init; }

    /// <summary>How far it had come as the server answered.</summary>
    public required MessageState State { get; init; }

    /// <summary>Its place in the conversation, from 1, the same at both ends.</summary>
    public required int UserOffset { get; init; }

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
    /// Why the protector could not open it, which its sender is not told; null where it did, or where there is none.
    /// </summary>
    public string? Unusable { get; init; }

    /// <summary>The user at the other end of the conversation.</summary>
    public string Peer => IsOwn ? To.User : From.User;
}
