using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;

namespace Messaging.Tests.Security.Abuse;

/// <summary>HTTP/2 frames (RFC 9113 §4, §6) as bytes, valid or not as the caller wants; headers in HPACK literals.</summary>
internal static class Http2Bytes
{
    public const byte EndStream = 0x1;
    public const byte Ack = 0x1;
    public const byte EndHeaders = 0x4;

    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Priority = 2;
    public const byte ResetStream = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte GoAway = 7;
    public const byte WindowUpdate = 8;
    public const byte Continuation = 9;

    public const ushort InitialWindow = 4;

    public static byte[] Preface { get; } = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    public static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[9 + payload.Length];
        (frame[0], frame[1], frame[2]) = ((byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(9));
        return frame;
    }

    /// <summary>A SETTINGS frame; without values, an empty one.</summary>
    public static byte[] SettingsOf(params (ushort Id, int Value)[] values)
    {
        var payload = new byte[6 * values.Length];
        foreach (var (i, (id, value)) in values.Index())
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(6 * i), id);
            BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan((6 * i) + 2), value);
        }

        return Frame(Settings, 0, 0, payload);
    }

    public static byte[] Number(byte type, int stream, int number)
    {
        var payload = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, number);
        return Frame(type, 0, stream, payload);
    }

    /// <summary>The headers of a call to Sync, and others behind them.</summary>
    public static byte[] SyncHeaders(string user, string device, params (string Name, string Value)[] others)
    {
        using var block = new MemoryStream();
        block.Write([0x83, 0x86]); // POST, http
        block.WriteByte(4);
        Text(block, "/messaging.v1.MessagingService/Sync");
        block.WriteByte(1);
        Text(block, "127.0.0.1");
        (string, string)[] own =
        [
            ("content-type", "application/grpc"), ("te", "trailers"), ("messaging-user", user), ("messaging-device", device),
        ];
        foreach (var (name, value) in own.Concat(others))
            Literal(block, name, value);
        return block.ToArray();
    }

    public static byte[] Literals(params (string Name, string Value)[] headers)
    {
        using var block = new MemoryStream();
        foreach (var (name, value) in headers)
            Literal(block, name, value);
        return block.ToArray();
    }

    /// <summary>A gRPC message with its prefix: whether it is compressed, and a length which may be a lie.</summary>
    public static byte[] Prefixed(ReadOnlySpan<byte> message, byte compressed = 0, uint? length = null)
    {
        var bytes = new byte[5 + message.Length];
        bytes[0] = compressed;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), length ?? (uint)message.Length);
        message.CopyTo(bytes.AsSpan(5));
        return bytes;
    }

    public static byte[] Prefixed(IMessage frame) => Prefixed(frame.ToByteArray());

    private static void Literal(MemoryStream block, string name, string value)
    {
        block.WriteByte(0);
        Text(block, name);
        Text(block, value);
    }

    private static void Text(MemoryStream block, string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        var length = bytes.Length;
        if (length < 0x7f)
        {
            block.WriteByte((byte)length);
        }
        else
        {
            block.WriteByte(0x7f);
            for (length -= 0x7f; length >= 0x80; length >>= 7)
                block.WriteByte((byte)(length | 0x80));
            block.WriteByte((byte)length);
        }

        block.Write(bytes);
    }
}
