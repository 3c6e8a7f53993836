using System.Buffers.Text;
using System.Text;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Peers.Redis;

/// <summary>RESP2: commands as arrays of texts, and the few kinds of replies that they get.</summary>
internal static class RedisProtocol
{
    public static void WriteCommand(ByteBuffer output, params ReadOnlySpan<string> words)
    {
        WriteLength(output, (byte)'*', words.Length);
        foreach (var word in words)
        {
            WriteLength(output, (byte)'$', word.Length);
            Encoding.ASCII.GetBytes(word, output.Reserve(word.Length));
            output.Append("\r\n"u8);
        }
    }

    /// <summary>The length of the first reply, if all of it is there.</summary>
    public static bool TryMeasure(ReadOnlySpan<byte> input, out int length)
    {
        length = 0;
        for (var left = 1; left > 0; left--)
        {
            var rest = input[length..];
            var line = rest.IndexOf("\r\n"u8);
            if (line < 0)
                return false;
            length += line + 2;
            if (rest[0] is not ((byte)'$' or (byte)'*') || rest[1] == '-')
                continue;

            var count = ParseCount(rest[1..line]);
            if (rest[0] == '*')
                left += count;
            else
                length += count + 2;
            if (length > input.Length)
                return false;
        }

        return true;
    }

    public static int ReadCount(ref ReadOnlySpan<byte> reply)
    {
        var line = reply.IndexOf("\r\n"u8);
        var count = ParseCount(reply[1..line]);
        reply = reply[(line + 2)..];
        return count;
    }

    public static ReadOnlySpan<byte> ReadText(ref ReadOnlySpan<byte> reply)
    {
        var length = ReadCount(ref reply);
        var text = reply[..length];
        reply = reply[(length + 2)..];
        return text;
    }

    public static void RequireNoError(ReadOnlySpan<byte> reply)
    {
        if (reply[0] == '-')
            throw new CallEndedException($"Redis answered {Encoding.UTF8.GetString(reply).Trim()}");
    }

    private static int ParseCount(ReadOnlySpan<byte> digits) =>
        Utf8Parser.TryParse(digits, out int count, out _)
            ? count
            : throw new CallEndedException($"Redis answered {Encoding.UTF8.GetString(digits)}");

    private static void WriteLength(ByteBuffer output, byte kind, int length)
    {
        Span<byte> line = stackalloc byte[16];
        line[0] = kind;
        Utf8Formatter.TryFormat(length, line[1..], out var digits);
        "\r\n"u8.CopyTo(line[(1 + digits)..]);
        output.Append(line[..(digits + 3)]);
    }
}
