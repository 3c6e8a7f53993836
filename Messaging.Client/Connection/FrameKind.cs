using Messaging.V1;

namespace Messaging.Client.Connection;

/// <summary>What a frame that came down is (protocol §2, §3).</summary>
internal enum FrameKind
{
    /// <summary>An entry of the queue: a message.</summary>
    Message,

    /// <summary>An entry of the queue: a receipt, an error about a message, something another device did.</summary>
    Receipt,

    /// <summary>A position signal.</summary>
    Position,

    /// <summary>The server's answer to something this device sent.</summary>
    Answer,

    /// <summary>Another user's hint; never durable.</summary>
    Awareness,

    /// <summary>Of a later protocol.</summary>
    Unknown,
}

internal static class FrameKinds
{
    public static FrameKind KindOf(Frame frame) => frame switch
    {
        { Message.SignalOffset: > 0 } => FrameKind.Message,
        { Signal: { } signal } => KindOf(signal),
        _ => FrameKind.Unknown,
    };

    private static FrameKind KindOf(Signal signal) => signal switch
    {
        { From.User.Length: > 0, SignalOffset: > 0 } => FrameKind.Receipt,
        { From.User.Length: > 0 } => FrameKind.Awareness,
        { Type: SignalKind.Response, SignalType: SignalType.Device, SignalOffsetState: true } => FrameKind.Position,
        { Type: SignalKind.Response or SignalKind.Error } => FrameKind.Answer,
        _ => FrameKind.Unknown,
    };
}
