using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Messaging.Client.Protection;

/// <summary>
/// Encrypts with AES-256-GCM under a key of its own for each message, which HKDF-SHA256 makes of the conversation's key
/// and a random salt. Id, from, to and timestamp are bound: under any other, the message does not open. A message that
/// is not encrypted so does not open either. <c>docs/encryption.md</c> has every byte.
/// </summary>
public sealed class AesGcmProtector : IMessageProtector
{
    internal const string Type = "AES256";
    private const string Label = "messaging.v1/AES256";
    private const int SaltLength = 32;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private readonly IConversationKeys _keys;
    private readonly RandomFill _fill;

    /// <param name="keys">The application's keys.</param>
    public AesGcmProtector(IConversationKeys keys)
        : this(keys, RandomNumberGenerator.Fill)
    {
    }

    internal AesGcmProtector(IConversationKeys keys, RandomFill fill)
    {
        ArgumentNullException.ThrowIfNull(keys);
        _keys = keys;
        _fill = fill;
    }

    internal delegate void RandomFill(Span<byte> bytes);

    /// <inheritdoc/>
    public MessageContent Protect(MessageEnvelope message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var key = _keys.GetCurrent(message.Peer);
        var header = KeyHeader.Of(key.Id);
        var payload = message.Content.Payload.Span;
        var sealedBytes = new byte[header.Length + SaltLength + NonceLength + payload.Length + TagLength];
        header.CopyTo(sealedBytes, 0);
        var rest = sealedBytes.AsSpan(header.Length);
        _fill(rest[..(SaltLength + NonceLength)]);
        using var cipher = Cipher(key, rest[..SaltLength]);
        cipher.Encrypt(
            rest.Slice(SaltLength, NonceLength),
            payload,
            rest[(SaltLength + NonceLength)..^TagLength],
            rest[^TagLength..],
            new BoundFields(Label, header, message).Bytes);
        return message.Content with
        {
            Payload = default, EncryptionType = Type, Encrypted = Convert.ToBase64String(sealedBytes),
        };
    }

    /// <inheritdoc/>
    public MessageContent Open(MessageEnvelope message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var content = message.Content;
        if (content.EncryptionType != Type)
            throw new MessageUnusableException($"it is not encrypted as {Type}");
        if (!Base64.IsValid(content.Encrypted)
            || Convert.FromBase64String(content.Encrypted) is var sealedBytes && KeyHeader.Read(sealedBytes) is not var (keyId, length)
            || sealedBytes.Length < length + SaltLength + NonceLength + TagLength)
            throw new MessageUnusableException("its encrypted content has another layout");
        if (_keys.Find(message.Peer, keyId) is not { } key)
            throw new MessageUnusableException("it is encrypted with a key that is not known here");
        var rest = sealedBytes.AsSpan(length);
        var payload = new byte[rest.Length - SaltLength - NonceLength - TagLength];
        try
        {
            using var cipher = Cipher(key, rest[..SaltLength]);
            cipher.Decrypt(
                rest.Slice(SaltLength, NonceLength),
                rest[(SaltLength + NonceLength)..^TagLength],
                rest[^TagLength..],
                payload,
                new BoundFields(Label, sealedBytes.AsSpan(0, length), message).Bytes);
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new MessageUnusableException("it does not decrypt");
        }
        return content with { Payload = payload };
    }

    // A key that has encrypted one message cannot have met a nonce twice.
    private static AesGcm Cipher(ConversationKey key, ReadOnlySpan<byte> salt)
    {
        Span<byte> messageKey = stackalloc byte[ConversationKey.Length];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Bytes, messageKey, salt, Encoding.UTF8.GetBytes(Label));
        try
        {
            return new AesGcm(messageKey, TagLength);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(messageKey);
        }
    }
}
