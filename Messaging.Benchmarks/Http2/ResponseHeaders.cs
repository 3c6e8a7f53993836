using System.Text;

namespace Messaging.Benchmarks.Http2;

/// <summary>
/// What a header or trailer block says, as far as it is literal. The settings forbid the dynamic table, so only
/// Huffman-coded text stays unread; it shows as <see cref="Unread"/>.
/// </summary>
internal sealed class ResponseHeaders
{
    private const string Unread = "(not read)";

    private static readonly string[] StaticStatus = ["200", "204", "206", "304", "400", "404", "500"];

    private readonly Dictionary<string, string> _fields = [];

    public string? this[string name] => _fields.GetValueOrDefault(name);

    public static ResponseHeaders Decode(ReadOnlySpan<byte> block)
    {
        var headers = new ResponseHeaders();
        while (!block.IsEmpty)
            headers.DecodeField(ref block);
        return headers;
    }

    private void DecodeField(ref ReadOnlySpan<byte> block)
    {
        var first = block[0];
        if (first >= 0x80)
        {
            var index = ReadInteger(ref block, 7);
            if (index is >= 8 and <= 14)
                _fields[":status"] = StaticStatus[index - 8];
        }
        else if (first >= 0x20 && first < 0x40)
        {
            ReadInteger(ref block, 5);
        }
        else
        {
            var index = ReadInteger(ref block, first >= 0x40 ? 6 : 4);
            var name = index switch
            {
                0 => ReadText(ref block),
                >= 8 and <= 14 => ":status",
                _ => $"static-{index}",
            };
            _fields[name] = ReadText(ref block);
        }
    }

    private static string ReadText(ref ReadOnlySpan<byte> block)
    {
        var isHuffman = block[0] >= 0x80;
        var length = ReadInteger(ref block, 7);
        var text = isHuffman ? Unread : Encoding.Latin1.GetString(block[..length]);
        block = block[length..];
        return text;
    }

    private static int ReadInteger(ref ReadOnlySpan<byte> block, int prefixBits)
    {
        var mask = (1 << prefixBits) - 1;
        var value = block[0] & mask;
        block = block[1..];
        if (value < mask)
            return value;

        for (var shift = 0; ; shift += 7)
        {
            var next = block[0];
            block = block[1..];
            value += (next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
