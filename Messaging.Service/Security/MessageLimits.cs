using System.ComponentModel.DataAnnotations;

namespace Messaging.Service.Security;

/// <summary>
/// What a frame may hold at most, and what a user and a device may do (protocol §9), <c>Messaging:Limits</c>. Lowering
/// the size of a field refuses what clients could send before; raising one above a frame's 1 MiB has no effect.
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

    /// <summary>
    /// Messages a second that one device may send; 0 for no limit. Default 500. Few make a device that was offline take
    /// long to send what has gathered.
    /// </summary>
    [Range(0, 1 << 20)]
    public int MessagesPerSecond { get; init; } = 500;

    /// <summary>
    /// Bytes of messages a second that one device may send, as they are stored; 0 for no limit. Default 2 MiB. Where
    /// nothing is owed one message may go, however large.
    /// </summary>
    [Range(0, 1 << 30)]
    public int BytesPerSecond { get; init; } = 2 << 20;

    /// <summary>As <see cref="MessagesPerSecond"/>, for all devices of a user together. Default 1,000.</summary>
    [Range(0, 1 << 20)]
    public int UserMessagesPerSecond { get; init; } = 1_000;

    /// <summary>As <see cref="BytesPerSecond"/>, for all devices of a user together. Default 4 MiB.</summary>
    [Range(0, 1 << 30)]
    public int UserBytesPerSecond { get; init; } = 4 << 20;

    /// <summary>
    /// For how long a device, or a user, that sends nothing saves up what it might have sent. Default 10 seconds: what
    /// has gathered while a device was offline may go at once, up to as much.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Burst { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Devices of a user that may be connected to this process; 0 for no limit. Default 50.</summary>
    [Range(0, 1 << 20)]
    public int DevicesPerUser { get; init; } = 50;

    /// <summary>
    /// Streams a minute that a user's devices may open, with bursts of as many; 0 for no limit. Default 300. Each costs
    /// a row on disk.
    /// </summary>
    [Range(0, 1 << 20)]
    public int OpeningsPerMinute { get; init; } = 300;

    /// <summary>
    /// Calls a minute about the account that one device may make (protocol §11), with bursts of as many; 0 for no limit.
    /// Default 300. Each is work for the ledger's writer.
    /// </summary>
    [Range(0, 1 << 20)]
    public int CallsPerMinute { get; init; } = 300;

    /// <summary>
    /// As <see cref="CallsPerMinute"/>, for all devices of a user together. Default 600: not below what one device may, or
    /// one that was stolen keeps the others from removing it.
    /// </summary>
    [Range(0, 1 << 20)]
    public int UserCallsPerMinute { get; init; } = 600;

    /// <summary>Bytes of UTF-8 in an <c>error</c> that a client reports. Default 1 KiB.</summary>
    [Range(1, 1 << 20)]
    public int ErrorBytes { get; init; } = 1024;
}
