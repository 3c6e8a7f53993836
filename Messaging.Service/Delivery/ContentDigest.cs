using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Messaging.Service.Ledger;
using Messaging.V1;

namespace Messaging.Service.Delivery;

/// <summary>
/// The digest by which a repeat is told from another message with the same id (protocol §4, duplicates). It is kept
/// for ever: the encoding below must never change, which is why it is not protobuf's.
/// </summary>
internal static class ContentDigest
{
    private const int OnStack = 1024;

    // Beginning anew costs more than hashing a message does.
    [ThreadStatic]
    private static IncrementalHash? _sha;

    /// <summary>
    /// SHA-256, cut to 128 bits, over to.user, to.device, timestamp, payload, encryption_type (none as empty),
    /// encrypted, signature: each text and the payload behind its length, all numbers little-endian.
    /// </summary>
    public static MessageDigest Of(Message message)
    {
        var most = (6 * sizeof(int)) + sizeof(long) + message.Payload.Length + (3 * (message.To.User.Length
            + message.To.Device.Length + message.EncryptionType.Length + message.Encrypted.Length
            + message.Signature.Length));
        var rented = most > OnStack ? ArrayPool<byte>.Shared.Rent(most) : null;
        var buffer = rented ?? stackalloc byte[OnStack];

        var used = Append(buffer, 0, message.To.User);
        used = Append(buffer, used, message.To.Device);
        BinaryPrimitives.WriteInt64LittleEndian(buffer[used..], message.Timestamp);
        used += sizeof(long);
        BinaryPrimitives.WriteInt32LittleEndian(buffer[used..], message.Payload.Length);
        used += sizeof(int);
        message.Payload.Span.CopyTo(buffer[used..]);
        used += message.Payload.Length;
        used = Append(buffer, used, EncryptionType.IsNone(message.EncryptionType) ? "" : message.EncryptionType);
        used = Append(buffer, used, message.Encrypted);
        used = Append(buffer, used, message.Signature);

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var sha = _sha ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(buffer[..used]);
        sha.GetHashAndReset(hash);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return new MessageDigest(
            BinaryPrimitives.ReadUInt64BigEndian(hash), BinaryPrimitives.ReadUInt64BigEndian(hash[sizeof(ulong)..]));
    }

    private static int Append(Span<byte> buffer, int used, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, buffer[(used + sizeof(int))..]);
        BinaryPrimitives.WriteInt32LittleEndian(buffer[used..], length);
        return used + sizeof(int) + length;
    }
}
