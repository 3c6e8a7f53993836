using System.Buffers.Binary;
using Google.Protobuf;
using Messaging.Benchmarks.Http2;
using Messaging.V1;

namespace Messaging.Benchmarks.Wire;

/// <summary>One message to one recipient, encoded once with its gRPC prefix; each copy gets an id and a time.</summary>
internal sealed class MessageTemplate
{
    // Epoch milliseconds take six bytes as a varint from 2004 to 2109, so the place can be overwritten.
    private const int TimestampSize = 6;

    private readonly byte[] _bytes;
    private readonly int _idAt;
    private readonly int _timestampAt;

    public MessageTemplate(string recipient, int payloadSize, DateTimeOffset now)
    {
        var id = new string('0', MessageIds.Size);
        var message = new Message
        {
            Id = id,
            To = new Identity { User = recipient },
            Timestamp = now.ToUnixTimeMilliseconds(),
            Payload = ByteString.CopyFrom(new byte[payloadSize]),
        };
        var frame = new Frame { Message = message }.ToByteArray();
        _bytes = new byte[MessageAssembler.PrefixSize + frame.Length];
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(1), frame.Length);
        frame.CopyTo(_bytes, MessageAssembler.PrefixSize);

        _idAt = _bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(id));
        var afterTimestamp = new Message { Payload = message.Payload }.CalculateSize();
        _timestampAt = _bytes.Length - afterTimestamp - TimestampSize;
    }

    public int Size => _bytes.Length;

    public void Write(Span<byte> target, ReadOnlySpan<byte> id, long timestamp)
    {
        _bytes.CopyTo(target);
        id.CopyTo(target[_idAt..]);
        Protobuf.WriteVarint(target[_timestampAt..], (ulong)timestamp);
    }
}
