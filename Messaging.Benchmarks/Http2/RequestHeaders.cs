using System.Text;

namespace Messaging.Benchmarks.Http2;

/// <summary>The header block of a gRPC call, in HPACK literals only (RFC 7541 §6.2.2): no table to keep.</summary>
internal static class RequestHeaders
{
    private const byte MethodPost = 0x83;
    private const byte SchemeHttp = 0x86;
    private const byte AuthorityName = 1;
    private const byte PathName = 4;

    public static byte[] Encode(string authority, string path, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        using var block = new MemoryStream();
        block.WriteByte(MethodPost);
        block.WriteByte(SchemeHttp);
        block.WriteByte(PathName);
        WriteText(block, path);
        block.WriteByte(AuthorityName);
        WriteText(block, authority);
        WriteLiteral(block, "content-type", "application/grpc");
        WriteLiteral(block, "te", "trailers");
        WriteLiteral(block, "user-agent", "messaging-benchmarks");
        foreach (var (name, value) in metadata)
            WriteLiteral(block, name, value);
        return block.ToArray();
    }

    private static void WriteLiteral(MemoryStream block, string name, string value)
    {
        block.WriteByte(0);
        WriteText(block, name);
        WriteText(block, value);
    }

    private static void WriteText(MemoryStream block, string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        WriteLength(block, bytes.Length);
        block.Write(bytes);
    }

    private static void WriteLength(MemoryStream block, int length)
    {
        const int prefix = 0x7f;
        if (length < prefix)
        {
            block.WriteByte((byte)length);
            return;
        }

        block.WriteByte(prefix);
        for (length -= prefix; length >= 0x80; length >>= 7)
            block.WriteByte((byte)(length | 0x80));
        block.WriteByte((byte)length);
    }
}
