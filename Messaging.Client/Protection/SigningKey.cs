using System.Security.Cryptography;

namespace Messaging.Client.Protection;

/// <summary>A device's private key. Immutable; shows itself by its id.</summary>
public sealed class SigningKey
{
    private readonly byte[] _pkcs8;

    /// <param name="id">Names it among those of the device: 1–64 bytes of UTF-8, which everyone may see.</param>
    /// <param name="pkcs8">A P-256 private key as a DER-encoded <c>PrivateKeyInfo</c> (PKCS #8); copied.</param>
    /// <exception cref="ArgumentException">The id is not usable, or the key is not on P-256.</exception>
    /// <exception cref="CryptographicException">It is no key.</exception>
    public SigningKey(string id, ReadOnlySpan<byte> pkcs8)
    {
        KeyHeader.Require(id);
        Id = id;
        _pkcs8 = pkcs8.ToArray();
        Import().Dispose();
    }

    /// <summary>Names it among those of the device.</summary>
    public string Id { get; }

    /// <summary>The id.</summary>
    public override string ToString() => Id;

    // An ECDsa is not made for several threads; making one costs less than signing.
    internal ECDsa Import()
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(_pkcs8, out _);
        return P256.Require(key);
    }
}
