using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Grpc.Core;
using Microsoft.IdentityModel.Tokens;

namespace Messaging.Tests.Security.Callers;

/// <summary>Makes access tokens, good ones and all others, without the library that the service reads them with.</summary>
internal sealed class TokenMaker : IDisposable
{
    public const string Issuer = "https://issuer.test", Audience = "messaging";

    public RSA Rsa { get; } = RSA.Create(2048);

    public ECDsa Curve { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The public keys, as the service's settings take them.</summary>
    public string Pem => Rsa.ExportSubjectPublicKeyInfoPem() + "\n" + Curve.ExportSubjectPublicKeyInfoPem();

    /// <summary>The settings of a service that takes these tokens.</summary>
    public string[] Settings =>
    [
        "--Messaging:Authentication:Mode=Token", $"--Messaging:Authentication:Issuer={Issuer}",
        $"--Messaging:Authentication:Audience={Audience}", $"--Messaging:Authentication:Keys={Pem}",
    ];

    public static long SecondsFromNow(double seconds) =>
        TimeProvider.System.GetUtcNow().AddSeconds(seconds).ToUnixTimeSeconds();

    /// <summary>What a good token says; a null takes a claim away.</summary>
    public static JsonObject Claims(string user, params (string Name, JsonNode? Value)[] others)
    {
        var claims = new JsonObject
        {
            ["iss"] = Issuer, ["aud"] = Audience, ["sub"] = user, ["exp"] = SecondsFromNow(86_400),
        };
        foreach (var (name, value) in others)
        {
            if (value is null)
                claims.Remove(name);
            else
                claims[name] = value;
        }

        return claims;
    }

    public static Metadata Header(string token) => new() { { "authorization", $"Bearer {token}" } };

    public string Sign(JsonObject claims) => Sign(claims.ToJsonString());

    public string Sign(string claims, string header = """{"alg":"RS256","typ":"JWT"}""") =>
        Join(header, claims, text => Rsa.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    public string SignWithCurve(JsonObject claims) =>
        Join("""{"alg":"ES256"}""", claims.ToJsonString(), text => Curve.SignData(text, HashAlgorithmName.SHA256));

    public static string Join(string header, string claims, Func<byte[], byte[]> sign)
    {
        var text = $"{Base64UrlEncoder.Encode(header)}.{Base64UrlEncoder.Encode(claims)}";
        return $"{text}.{Base64UrlEncoder.Encode(sign(Encoding.ASCII.GetBytes(text)))}";
    }

    public void Dispose()
    {
        Rsa.Dispose();
        Curve.Dispose();
    }
}
