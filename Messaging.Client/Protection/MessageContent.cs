namespace Messaging.Client.Protection;

/// <summary>The fields of a message that say something (protocol §4.1).</summary>
public sealed record MessageContent
{
    /// <summary>The content in the clear. Default: empty.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>How <see cref="Encrypted"/> is made, up to 64 bytes. Default: empty, it is not.</summary>
    public string EncryptionType { get; init; } = "";

    /// <summary>The encrypted content in base64; <see cref="Payload"/> is then empty. Default: empty.</summary>
    public string Encrypted { get; init; } = "";

    /// <summary>A signature in base64, up to 8 Ki characters. Default: empty.</summary>
    public string Signature { get; init; } = "";
}
