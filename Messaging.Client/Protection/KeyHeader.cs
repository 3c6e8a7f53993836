using System.Text;

namespace Messaging.Client.Protection;

/// <summary>
/// How an encrypted content and a signature begin: one byte of version, one with the length of the key's id, the id.
/// </summary>
internal static class KeyHeader
{
    public const int MaxIdBytes = 64;
    private const byte Version = 1;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <exception cref="ArgumentException">It is not usable as the id of a key.</exception>
    public static void Require(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        if (Strict.GetByteCount(id) > MaxIdBytes)
            throw new ArgumentException($"The key's id has more than {MaxIdBytes} bytes of UTF-8.", nameof(id));
    }

    public static byte[] Of(string id)
    {
        var header = new byte[2 + Strict.GetByteCount(id)];
        header[0] = Version;
        header[1] = (byte)Strict.GetBytes(id, header.AsSpan(2));
        return header;
    }

    /// <summary>Reads the id, and how many bytes the header has; null where it is none of this version.</summary>
    public static (string Id, int Length)? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 3 || bytes[0] != Version || bytes[1] is 0 or > MaxIdBytes || bytes.Length < 2 + bytes[1])
            return null;
        try
        {
            return (Strict.GetString(bytes.Slice(2, bytes[1])), 2 + bytes[1]);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
