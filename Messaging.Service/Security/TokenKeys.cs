using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.IdentityModel.Tokens;

namespace Messaging.Service.Security;

/// <summary>
/// The keys that tokens may be signed with, out of the settings: PEM (public keys, certificates), a JWK or a JWK set.
/// What a key may be used for follows from what it is, never from what a token says. Immutable.
/// </summary>
internal sealed class TokenKeys
{
    private const int LeastRsaBits = 2048;
    private const int LeastSecretBytes = 32;
    private const string Rsa = "RSA", Curve = "EC", Secret = "oct";

    private readonly IReadOnlyList<JsonWebKey> _keys;

    private TokenKeys(IReadOnlyList<JsonWebKey> keys) => _keys = keys;

    /// <summary>Those that the settings name; none where an authority has them.</summary>
    /// <exception cref="FormatException">They cannot be used; the message says which setting and why.</exception>
    public static TokenKeys Of(AuthenticationOptions options) => new(
    [
        .. Read(options.Keys, "Messaging:Authentication:Keys"),
        .. options.KeyFile.Length == 0
            ? []
            : Read(ReadFile(options.KeyFile), $"Messaging:Authentication:KeyFile ({options.KeyFile})"),
    ]);

    /// <summary>
    /// Those that a token with this <c>kid</c> and algorithm can be signed with; keys and tokens without a <c>kid</c> go
    /// with all.
    /// </summary>
    public IEnumerable<SecurityKey> For(string? kid, string algorithm) => _keys.Where(key =>
        (string.IsNullOrEmpty(kid) || string.IsNullOrEmpty(key.KeyId) || key.KeyId == kid) && Fits(key, algorithm));

    /// <summary>
    /// Whether a key may check a signature of this algorithm: its own kind's alone, so that a public key never serves
    /// as a shared secret, and a shared secret only where the settings hold it.
    /// </summary>
    public bool Fits(SecurityKey key, string algorithm) => key switch
    {
        JsonWebKey { Kty: Secret } secret => algorithm is "HS256" or "HS384" or "HS512"
            && _keys.Contains(secret) && IsMadeFor(secret, algorithm),
        JsonWebKey { Kty: Rsa } rsa => IsRsa(algorithm) && IsMadeFor(rsa, algorithm),
        JsonWebKey { Kty: Curve } curve => IsCurve(algorithm) && IsMadeFor(curve, algorithm),
        RsaSecurityKey => IsRsa(algorithm),
        ECDsaSecurityKey => IsCurve(algorithm),
        X509SecurityKey { PublicKey: RSA } => IsRsa(algorithm),
        X509SecurityKey { PublicKey: ECDsa } => IsCurve(algorithm),
        _ => false,
    };

    private static bool IsRsa(string algorithm) =>
        algorithm is "RS256" or "RS384" or "RS512" or "PS256" or "PS384" or "PS512";

    private static bool IsCurve(string algorithm) => algorithm is "ES256" or "ES384" or "ES512";

    private static bool IsMadeFor(JsonWebKey key, string algorithm) =>
        string.IsNullOrEmpty(key.Alg) || key.Alg == algorithm;

    private static string ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new FormatException($"Messaging:Authentication:KeyFile cannot be read: {refused.Message}");
        }
    }

    private static List<JsonWebKey> Read(string text, string setting)
    {
        text = text.Trim();
        if (text.Length == 0)
            return [];
        try
        {
            List<JsonWebKey> keys = text[0] == '{' ? ReadJson(text) : [.. ReadPem(text)];
            foreach (var key in keys)
                Check(key);
            return keys.Count > 0 ? keys : throw new FormatException("there is no key in it");
        }
        catch (Exception unusable) when (
            unusable is FormatException or ArgumentException or CryptographicException or InvalidOperationException)
        {
            // What the library says may quote what it was given.
            var reason = unusable is FormatException ? unusable.Message : "it is neither PEM, nor a JWK, nor a JWK set";
            throw new FormatException($"{setting} cannot be used: {reason}.");
        }
    }

    private static List<JsonWebKey> ReadJson(string text)
    {
        var set = new JsonWebKeySet(text);
        return [.. set.Keys.Count > 0 ? set.Keys.Where(key => key.Use is null or "" or "sig") : [new JsonWebKey(text)]];
    }

    private static IEnumerable<JsonWebKey> ReadPem(string text)
    {
        while (PemEncoding.TryFind(text, out var fields))
        {
            var label = text[fields.Label];
            var pem = text[fields.Location];
            text = text[fields.Location.End..];
            yield return label switch
            {
                "PUBLIC KEY" => Of(PublicKey.CreateFromSubjectPublicKeyInfo(PemBytes(pem, fields), out _)),
                "CERTIFICATE" => Of(X509Certificate2.CreateFromPem(pem)),
                "RSA PUBLIC KEY" => OfRsaPem(pem),
                _ => throw new FormatException($"it holds a {label}; public keys and certificates are what it takes"),
            };
        }
    }

    private static byte[] PemBytes(string pem, PemFields fields)
    {
        var start = fields.Location.Start.Value;
        return Convert.FromBase64String(
            pem[(fields.Base64Data.Start.Value - start)..(fields.Base64Data.End.Value - start)]);
    }

    private static JsonWebKey Of(X509Certificate2 certificate)
    {
        using (certificate)
            return Of(certificate.PublicKey);
    }

    private static JsonWebKey OfRsaPem(string pem)
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(pem);
        return Of(rsa);
    }

    private static JsonWebKey Of(PublicKey key)
    {
        using var rsa = key.GetRSAPublicKey();
        if (rsa is not null)
            return Of(rsa);
        using var curve = key.GetECDsaPublicKey()
            ?? throw new FormatException("it holds a key that is neither RSA nor on an elliptic curve");
        var parameters = curve.ExportParameters(includePrivateParameters: false);
        return new JsonWebKey
        {
            Kty = Curve,
            Crv = curve.KeySize switch
            {
                256 => JsonWebKeyECTypes.P256,
                384 => JsonWebKeyECTypes.P384,
                521 => JsonWebKeyECTypes.P521,
                _ => throw new FormatException("it holds a key on a curve that tokens have no name for"),
            },
            X = Base64UrlEncoder.Encode(parameters.Q.X),
            Y = Base64UrlEncoder.Encode(parameters.Q.Y),
        };
    }

    private static JsonWebKey Of(RSA rsa) => JsonWebKeyConverter.ConvertFromRSASecurityKey(
        new RsaSecurityKey(rsa.ExportParameters(includePrivateParameters: false)));

    private static void Check(JsonWebKey key)
    {
        switch (key.Kty)
        {
            case Rsa or Curve when key.HasPrivateKey:
                throw new FormatException("it holds a private key: only the public one belongs here");
            case Rsa when key.KeySize < LeastRsaBits:
                throw new FormatException($"it holds an RSA key of less than {LeastRsaBits} bits");
            case Secret when Base64UrlEncoder.DecodeBytes(key.K).Length < LeastSecretBytes:
                throw new FormatException($"it holds a secret of less than {LeastSecretBytes} bytes");
            case Rsa or Curve or Secret:
                return;
            default:
                throw new FormatException("it holds a key that is neither RSA, nor EC, nor a secret");
        }
    }
}
