using System.ComponentModel.DataAnnotations;

namespace Messaging.Service.Security;

/// <summary>
/// What a frame may hold at most (protocol §9), <c>Messaging:Limits</c>. Lowering one refuses what clients could send
/// before; raising one above a frame's 1 MiB has no effect.
/// </summary>
public sealed record MessageLimits
{
    /// <summary>Bytes of UTF-8 in an id. Default 128.</summary>
    [Range(1, 1 << 20)]
    public int IdBytes { get; init; } = 128;

    /// <summary>Bytes of UTF-8 in the name of a user or of a device. Default 255.</summary>
    [Range(1, 1 << 20)]
    public int NameBytes { get; init; } = 255;

    /// <summary>Bytes of payload. Default 256 KiB.</summary>
    [Range(1, 1 << 20)]
    public int PayloadBytes { get; init; } = 256 * 1024;

    /// <summary>Characters of base64 in <c>encrypted</c>. Default 256 Ki.</summary>
    [Range(1, 1 << 20)]
    public int EncryptedCharacters { get; init; } = 256 * 1024;

    /// <summary>Characters of base64 in <c>signature</c>. Default 8 Ki.</summary>
    [Range(1, 1 << 20)]
    public int SignatureCharacters { get; init; } = 8 * 1024;

    /// <summary>Bytes of UTF-8 in <c>encryption_type</c>. Default 64.</summary>
    [Range(1, 1 << 20)]
    public int EncryptionTypeBytes { get; init; } = 64;

    /// <summary>Messages a second that one device may send, with bursts of as many; 0 for no limit. Default 0.</summary>
    [Range(0, 1 << 20)]
    public int MessagesPerSecond { get; init; }

    /// <summary>Bytes of UTF-8 in an <c>error</c> that a client reports. Default 1 KiB.</summary>
    [Range(1, 1 << 20)]
    public int ErrorBytes { get; init; } = 1024;
}
