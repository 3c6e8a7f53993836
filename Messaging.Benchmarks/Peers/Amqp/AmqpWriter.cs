using System.Buffers.Binary;
using System.Text;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Peers.Amqp;

/// <summary>Writes AMQP 0-9-1 frames.</summary>
internal static class AmqpWriter
{
    public const int HeaderSize = 7;
    public const byte MethodFrame = 1;
    public const byte ContentHeader = 2;
    public const byte ContentBody = 3;

    private const byte FrameEnd = 0xce;

    public static void WriteMethod(ByteBuffer output, ushort channel, AmqpMethod method, ReadOnlySpan<byte> arguments)
    {
        WriteHeader(output, MethodFrame, channel, 4 + arguments.Length);
        BinaryPrimitives.WriteUInt32BigEndian(output.Reserve(4), (uint)method);
        output.Append(arguments);
        output.Append([FrameEnd]);
    }

    /// <summary>A persistent message to a queue, over the exchange without a name.</summary>
    public static void WriteMessage(
        ByteBuffer output, ushort channel, ReadOnlySpan<byte> queue, ReadOnlySpan<byte> payload)
    {
        Span<byte> arguments = stackalloc byte[5 + queue.Length];
        arguments.Clear();
        arguments[3] = (byte)queue.Length;
        queue.CopyTo(arguments[4..]);
        WriteMethod(output, channel, AmqpMethod.Publish, arguments);

        WriteHeader(output, ContentHeader, channel, 15);
        Span<byte> content = stackalloc byte[15];
        content.Clear();
        content[1] = 60; // the class of messages
        BinaryPrimitives.WriteInt64BigEndian(content[4..], payload.Length);
        content[12] = 0x10; // one property: the delivery mode,
        content[14] = 2; // persistent
        output.Append(content);
        output.Append([FrameEnd]);

        WriteHeader(output, ContentBody, channel, payload.Length);
        output.Append(payload);
        output.Append([FrameEnd]);
    }

    public static byte[] Short(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    public static byte[] Long(string text) => [0, 0, 0, (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    private static void WriteHeader(ByteBuffer output, byte type, ushort channel, int length)
    {
        var header = output.Reserve(HeaderSize);
        header[0] = type;
        BinaryPrimitives.WriteUInt16BigEndian(header[1..], channel);
        BinaryPrimitives.WriteInt32BigEndian(header[3..], length);
    }
}
