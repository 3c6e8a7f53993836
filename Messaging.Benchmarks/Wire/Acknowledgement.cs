using System.Buffers.Binary;
using Messaging.Benchmarks.Http2;

namespace Messaging.Benchmarks.Wire;

/// <summary>`Signal{signal_offset=N, signal_ack_state{received=true}}`: without an id, so not answered.</summary>
internal static class Acknowledgement
{
    // Field 2 as a varint; field 12 as a message with field 2 set.
    private const byte SignalTag = 0x12;
    private const byte OffsetTag = 0x10;

    public static void Write(Http2Call call, int offset)
    {
        var signalSize = 1 + Protobuf.VarintSize((ulong)offset) + 4;
        var target = call.Reserve(MessageAssembler.PrefixSize + 2 + signalSize);
        target[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(target[1..], 2 + signalSize);
        target[5] = SignalTag;
        target[6] = (byte)signalSize;
        target[7] = OffsetTag;
        var end = 8 + Protobuf.WriteVarint(target[8..], (ulong)offset);
        ReadOnlySpan<byte> ackState = [0x62, 2, 0x10, 1];
        ackState.CopyTo(target[end..]);
    }
}
