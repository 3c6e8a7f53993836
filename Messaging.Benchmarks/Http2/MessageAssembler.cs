using System.Buffers.Binary;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Http2;

/// <summary>Cuts the bytes of DATA frames into gRPC messages, which need not begin or end where those do.</summary>
internal sealed class MessageAssembler(IFrameReceiver receiver)
{
    public const int PrefixSize = 5;

    private const int LargestMessage = 16 << 20;

    private readonly ByteBuffer _partial = new(1024);

    public void Add(ReadOnlySpan<byte> data, long readAt)
    {
        if (_partial.Length > 0)
        {
            _partial.Append(data);
            _partial.Consume(Cut(_partial.Span, readAt));
        }
        else
        {
            _partial.Append(data[Cut(data, readAt)..]);
        }
    }

    private int Cut(ReadOnlySpan<byte> data, long readAt)
    {
        var consumed = 0;
        while (data.Length - consumed >= PrefixSize)
        {
            var rest = data[consumed..];
            if (rest[0] != 0)
                throw new CallEndedException("the server sent a compressed message, which was not asked for");

            var length = BinaryPrimitives.ReadUInt32BigEndian(rest[1..]);
            if (length > LargestMessage)
                throw new CallEndedException($"the server sent a message of {length} bytes");
            if (rest.Length < PrefixSize + (int)length)
                break;

            receiver.OnFrame(rest.Slice(PrefixSize, (int)length), readAt);
            consumed += PrefixSize + (int)length;
        }

        return consumed;
    }
}
