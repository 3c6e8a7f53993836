using System.Security.Cryptography;

namespace Messaging.Client.Protection;

/// <summary>The one curve that signs.</summary>
internal static class P256
{
    public static ECDsa Import(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
        return Require(key);
    }

    /// <exception cref="ArgumentException">The key is on another curve.</exception>
    public static ECDsa Require(ECDsa key)
    {
        if (key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value)
            return key;
        key.Dispose();
        throw new ArgumentException("The key is not on the curve P-256.", nameof(key));
    }
}
