namespace Messaging.Client;

/// <summary>A message to send (protocol §4).</summary>
public sealed record OutgoingMessage
{
    /// <summary>The user it goes to: 1–255 bytes of UTF-8 without control characters.</summary>
    public required string To { get; init; }

    /// <summary>The device it is meant for, carried and not interpreted. Default: empty, all of them.</summary>
    public string ToDevice { get; init; } = "";

    /// <summary>The content, copied when the message is sent. Default: empty.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>
    /// Names the message for ever among those of this user: 1–128 bytes of UTF-8 without control characters.
    /// Default: null, a new UUIDv7. The same id with the same content is the same message, however often it is sent.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>When it was written, to the millisecond. Default: null, now.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>How <see cref="Encrypted"/> was made, such as <c>E2E</c>. Default: empty, not encrypted.</summary>
    public string EncryptionType { get; init; } = "";

    /// <summary>The encrypted content in base64; <see cref="Payload"/> is then empty. Default: empty.</summary>
    public string Encrypted { get; init; } = "";

    /// <summary>A signature in base64, carried and not checked. Default: empty.</summary>
    public string Signature { get; init; } = "";
}
