using System.Buffers.Text;
using System.Security.Cryptography;

namespace Messaging.Client.Protection;

/// <summary>
/// Signs with ECDSA on P-256 and SHA-256, over every field that its sender sets, as it goes over the wire: what an inner
/// protector has encrypted is signed as cipher text, and checked before it is decrypted. A message without a signature
/// does not open. <c>docs/encryption.md</c> has every byte.
/// </summary>
/// <remarks>
/// It is encrypted first because the signature goes beside the cipher text in the clear: one of the plain text would
/// let everyone who has the public key try out what the text may be.
/// </remarks>
public sealed class SigningProtector : IMessageProtector
{
    private const string Label = "messaging.v1/ES256";
    private const int SignatureLength = 64;
    private readonly ISigningKeys _keys;
    private readonly IMessageProtector? _inner;

    /// <param name="keys">The application's keys.</param>
    /// <param name="inner">What encrypts. Default: null, the message goes in the clear.</param>
    public SigningProtector(ISigningKeys keys, IMessageProtector? inner = null)
    {
        ArgumentNullException.ThrowIfNull(keys);
        _keys = keys;
        _inner = inner;
    }

    /// <inheritdoc/>
    public MessageContent Protect(MessageEnvelope message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var content = _inner?.Protect(message) ?? message.Content;
        var own = _keys.GetOwn();
        var header = KeyHeader.Of(own.Id);
        using var key = own.Import();
        var signature = key.SignData(SignedBytes(message with { Content = content }, header), HashAlgorithmName.SHA256);
        return content with { Signature = Convert.ToBase64String([.. header, .. signature]) };
    }

    /// <inheritdoc/>
    public MessageContent Open(MessageEnvelope message)
    {
        ArgumentNullException.ThrowIfNull(message);
        Verify(message);
        return _inner?.Open(message) ?? message.Content;
    }

    /// <summary>What is signed.</summary>
    internal static ReadOnlySpan<byte> SignedBytes(MessageEnvelope message, ReadOnlySpan<byte> header)
    {
        var fields = new BoundFields(Label, header, message);
        fields.Add(message.Content.EncryptionType);
        fields.Add(message.Content.Encrypted);
        fields.Add(message.Content.Payload.Span);
        return fields.Bytes;
    }

    private void Verify(MessageEnvelope message)
    {
        var text = message.Content.Signature;
        if (text.Length == 0)
            throw new MessageUnusableException("it is not signed");
        if (!Base64.IsValid(text)
            || Convert.FromBase64String(text) is var bytes && KeyHeader.Read(bytes) is not var (keyId, length)
            || bytes.Length != length + SignatureLength)
            throw new MessageUnusableException("its signature has another layout");
        if (_keys.FindPublic(message.From, keyId) is not { } found)
            throw new MessageUnusableException("it is signed with a key that is not known here");
        using var key = P256.Import(found);
        if (!key.VerifyData(SignedBytes(message, bytes.AsSpan(0, length)), bytes.AsSpan(length), HashAlgorithmName.SHA256))
            throw new MessageUnusableException("its signature is wrong");
    }
}
