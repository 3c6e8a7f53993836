using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Microsoft.IdentityModel.Tokens;
using NUnit.Framework;
using static Messaging.Tests.Security.Callers.TokenMaker;

namespace Messaging.Tests.Security.Callers;

/// <summary>What the keys of tokens may look like, and that each is good for its own kind of signature alone.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class KeyTests
{
    private const string Section = "--Messaging:Authentication";

    private static readonly byte[] Secret = RandomNumberGenerator.GetBytes(48);
    private static readonly TokenMaker Maker = new();

    private static readonly string Claimed = Claims("alice").ToJsonString();

    [TestCase("RS256", true)]
    [TestCase("RS512", true)]
    [TestCase("PS256", true)]
    [TestCase("ES256", true)]
    [TestCase("HS256", true)]
    [TestCase("RS256 as ES256", false)]
    [TestCase("HS256 with the key set", false)]
    [TestCase("HS256 with the modulus", false)]
    [TestCase("RS256 as HS256", false)]
    [TestCase("RS256, kid of the curve", false)]
    [TestCase("RS256, kid of nobody", false)]
    [TestCase("RS256, no kid", true)]
    [TestCase("HS256, kid of the RSA key", false)]
    [Protocol("2.56")]
    public async Task In_a_set_every_key_is_good_for_its_own(string how, bool isGood)
    {
        await using var server = await TestServer.StartAsync([.. Without("Keys"), $"{Section}:Keys={Set}"]);
        await ExpectAsync(server, how switch
        {
            "RS256" => Rsa("""{"alg":"RS256","kid":"r"}"""),
            "RS512" => Join("""{"alg":"RS512","kid":"r"}""", Claimed,
                text => Maker.Rsa.SignData(text, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1)),
            "PS256" => Join("""{"alg":"PS256","kid":"r"}""", Claimed,
                text => Maker.Rsa.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)),
            "ES256" => Join("""{"alg":"ES256","kid":"c"}""", Claimed, text => Maker.Curve.SignData(text, HashAlgorithmName.SHA256)),
            "HS256" => Hmac("""{"alg":"HS256","kid":"s"}""", Secret),
            "RS256 as ES256" => Rsa("""{"alg":"ES256","kid":"r"}"""),
            "HS256 with the key set" => Hmac("""{"alg":"HS256","kid":"r"}""", Encoding.UTF8.GetBytes(Set)),
            "HS256 with the modulus" => Hmac("""{"alg":"HS256","kid":"r"}""", Maker.Rsa.ExportParameters(false).Modulus!),
            "RS256 as HS256" => Rsa("""{"alg":"HS256","kid":"r"}"""),
            "RS256, kid of the curve" => Rsa("""{"alg":"RS256","kid":"c"}"""),
            "RS256, kid of nobody" => Rsa("""{"alg":"RS256","kid":"../../dev/null"}"""),
            "RS256, no kid" => Rsa("""{"alg":"RS256"}"""),
            "HS256, kid of the RSA key" => Hmac("""{"alg":"HS256","kid":"r"}""", Secret),
            _ => throw new NotSupportedException(how),
        }, isGood);
    }

    [TestCase("PEM")]
    [TestCase("RSA PEM")]
    [TestCase("certificate")]
    [TestCase("JWK")]
    public async Task A_key_file_may_hold_it_in_any_of_the_usual_ways(string how)
    {
        using var folder = TemporaryFolder.Create();
        var request = new CertificateRequest("CN=issuer", Maker.Rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddDays(1));
        await File.WriteAllTextAsync(folder.File("keys"), how switch
        {
            "PEM" => Maker.Pem,
            "RSA PEM" => Maker.Rsa.ExportRSAPublicKeyPem(),
            "certificate" => certificate.ExportCertificatePem(),
            _ => Jwk,
        });
        await using var server = await TestServer.StartAsync([.. Without("Keys"), $"{Section}:KeyFile={folder.File("keys")}"]);
        await ExpectAsync(server, Maker.Sign(Claims("alice")), isGood: true);
        using var another = new TokenMaker();
        await ExpectAsync(server, another.Sign(Claims("alice")), isGood: false);
    }

    // Written by dotnet user-jwts: the secrets into the developer's own folder, the rest beside the settings.
    [Test]
    public async Task What_user_jwts_has_set_up_is_taken_in_development()
    {
        await using var server = await TestServer.StartAsync([$"{Section}:Mode=Token", .. UserJwts]);
        var claims = Claims("alice", ("iss", "dotnet-user-jwts")).ToJsonString();
        await ExpectAsync(server, Join("""{"alg":"HS256","typ":"JWT"}""", claims, text => HMACSHA256.HashData(Secret, text)), isGood: true);
    }

    [Test]
    public async Task What_user_jwts_has_set_up_adds_nothing_to_keys_that_are_set()
    {
        await using var server = await TestServer.StartAsync([.. Maker.Settings, .. UserJwts]);
        await ExpectAsync(server, Maker.Sign(Claims("alice")), isGood: true);
        foreach (var issuer in new[] { "dotnet-user-jwts", Issuer })
        {
            var claims = Claims("alice", ("iss", issuer)).ToJsonString();
            await ExpectAsync(server, Join("""{"alg":"HS256"}""", claims, text => HMACSHA256.HashData(Secret, text)), isGood: false);
        }
    }

    [Test]
    public async Task What_user_jwts_has_set_up_counts_for_nothing_elsewhere()
    {
        var error = new StringWriter();
        var exitCode = await Service.Hosting.MessagingApplication.RunAsync(
            ["--environment", "Production", "--urls", "http://127.0.0.1:0", $"{Section}:Mode=Token", .. UserJwts], error);
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(error.ToString(), Does.Contain("Messaging:Authentication:Audience must be set"));
    }

    private static string[] UserJwts =>
    [
        "--Authentication:Schemes:Bearer:ValidIssuer=dotnet-user-jwts", $"--Authentication:Schemes:Bearer:ValidAudiences:0={Audience}",
        $"--Authentication:Schemes:Bearer:SigningKeys:0:Value={Convert.ToBase64String(Secret)}",
        "--Authentication:Schemes:Bearer:SigningKeys:0:Issuer=dotnet-user-jwts",
    ];

    private static string Jwk
    {
        get
        {
            var rsa = Maker.Rsa.ExportParameters(false);
            return $$"""{"kty":"RSA","kid":"r","e":"{{Base64UrlEncoder.Encode(rsa.Exponent)}}","n":"{{Base64UrlEncoder.Encode(rsa.Modulus)}}"}""";
        }
    }

    private static string Set
    {
        get
        {
            var curve = Maker.Curve.ExportParameters(false).Q;
            return $$"""
                {"keys":[{{Jwk}},
                {"kty":"EC","kid":"c","crv":"P-256","x":"{{Base64UrlEncoder.Encode(curve.X)}}","y":"{{Base64UrlEncoder.Encode(curve.Y)}}"},
                {"kty":"oct","kid":"s","k":"{{Base64UrlEncoder.Encode(Secret)}}"}]}
                """;
        }
    }

    private static IEnumerable<string> Without(string setting) =>
        Maker.Settings.Where(one => !one.StartsWith($"{Section}:{setting}=", StringComparison.Ordinal));

    private static string Rsa(string header) => Maker.Sign(Claimed, header);

    private static string Hmac(string header, byte[] secret) => Join(header, Claimed, text => HMACSHA256.HashData(secret, text));

    private static async Task ExpectAsync(TestServer server, string token, bool isGood)
    {
        if (isGood)
        {
            await using var device = await server.ConnectAsync("alice/phone", Header(token));
            return;
        }

        var refused = Assert.ThrowsAsync<RpcException>(() => server.ConnectAsync("alice/phone", Header(token)));
        Assert.That(refused!.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
    }
}
