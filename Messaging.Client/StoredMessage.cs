using Messaging.Client.Storage;

namespace Messaging.Client;

/// <summary>A message of a conversation's history, sent or received. Immutable: any thread may read it.</summary>
public sealed record StoredMessage
{
    /// <summary>Names the message for ever among those of its sender.</summary>
    public required string Id { get; init; }

    /// <summary>Who sent it, from which device.</summary>
    public required Identity From { get; init; }

    /// <summary>Whom it was sent to; the device is empty unless one was meant.</summary>
    public required Identity To { get; init; }

    /// <summary>Whether this user sent it, from whichever device.</summary>
    public required bool IsOwn { get; init; }

    /// <summary>How far it has come.</summary>
    public required MessageState State { get; init; }

    /// <summary>
    /// Its place in the conversation, from 1; null while it has none. Under another ledger of the server (a new
    /// epoch), places begin anew: messages of an earlier one stand before those of the present one.
    /// </summary>
    public int? UserOffset { get; init; }

    /// <summary>When its sender says it was written.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The content, also where it goes encrypted; empty where it is <see cref="Unusable"/>.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>As it is on the wire: how <see cref="Encrypted"/> was made; empty or <c>none</c> where it was not.</summary>
    public string EncryptionType { get; init; } = "";

    /// <summary>The encrypted content in base64.</summary>
    public string Encrypted { get; init; } = "";

    /// <summary>The sender's signature in base64; unchecked unless a protector signs.</summary>
    public string Signature { get; init; } = "";

    /// <summary>Why this device's protector could not open it when it came; null where it did, or there was none.</summary>
    public string? Unusable { get; init; }

    /// <summary>
    /// Of a <see cref="MessageState.Refused"/> message the server's reason, as <c>code: text</c>; of any other what a
    /// receiver has reported who cannot use it; null where there is nothing to say.
    /// </summary>
    public string? Error { get; init; }

    /// <summary>The user at the other end of the conversation.</summary>
    public string Peer => IsOwn ? To.User : From.User;

    // Where it stands in the history: MessagingClient.GetMessagesAsync goes on before it.
    internal StoredPlace Place { get; init; }
}
