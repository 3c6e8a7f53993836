namespace Messaging.Benchmarks.Http2;

/// <summary>RFC 9113 §6. The same bit means "end of stream" or "acknowledged", as the frame's type has it.</summary>
[Flags]
internal enum FrameFlags : byte
{
    None = 0,
    EndStream = 0x1,
    Acknowledged = EndStream,
    EndHeaders = 0x4,
    Padded = 0x8,
    Priority = 0x20,
}
