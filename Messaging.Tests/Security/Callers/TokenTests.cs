using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Microsoft.IdentityModel.Tokens;
using NUnit.Framework;
using static Messaging.Tests.Security.Callers.TokenMaker;

namespace Messaging.Tests.Security.Callers;

/// <summary>Access tokens (protocol §2): who is let in, as whom, and for how long.</summary>
[TestFixture]
public sealed class TokenTests
{
    private static readonly TokenMaker Maker = new();
    private readonly EveryLine log = new();
    private TestServer server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => server = await TestServer.StartAsync(
        log.AddTo,
        [.. Maker.Settings, "--Messaging:Authentication:ClockSkew=00:00:00"]);

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await server.DisposeAsync();

        // Nothing of a token or a key is logged, at any level, whatever the tests did.
        Assert.That(log.Lines, Has.Some.Contains("signed in by Token").And.Some.Contains("refused: Unauthenticated"));
        foreach (var secret in new[] { Maker.Sign(Claims("alice")).Split('.')[0], Maker.Pem.Split('\n')[1] })
            Assert.That(log.Lines.Where(line => line.Contains(secret, StringComparison.Ordinal)).Take(2), Is.Empty);
    }

    private static IEnumerable<TestCaseData> BadTokens()
    {
        var good = Maker.Sign(Claims("alice"));
        var parts = good.Split('.');
        var claims = Claims("alice").ToJsonString();
        using var another = new TokenMaker();
        yield return Case("nothing", "");
        yield return Case("no token at all", "nonsense");
        yield return Case("two parts", $"{parts[0]}.{parts[1]}");
        yield return Case("four parts", good + ".AAAA");
        yield return Case("five parts, which would be encrypted", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAA.AAAA.AAAA");
        yield return Case("no signature", $"{parts[0]}.{parts[1]}.");
        yield return Case("alg none", Join("""{"alg":"none"}""", claims, static _ => []));
        yield return Case("alg NoNe with a signature", Join("""{"alg":"NoNe"}""", claims, static _ => new byte[256]));
        yield return Case("no alg", Maker.Sign(claims, """{"typ":"JWT"}"""));
        yield return Case("the public key as a shared secret", Join("""{"alg":"HS256"}""", claims, text =>
            HMACSHA256.HashData(Encoding.ASCII.GetBytes(Maker.Rsa.ExportSubjectPublicKeyInfoPem()), text)));
        yield return Case("the public key's bytes as a shared secret", Join("""{"alg":"HS256"}""", claims, text =>
            HMACSHA256.HashData(Maker.Rsa.ExportSubjectPublicKeyInfo(), text)));
        yield return Case("an empty secret", Join("""{"alg":"HS256"}""", claims, static text => HMACSHA256.HashData(Array.Empty<byte>(), text)));
        yield return Case("another's key", another.Sign(Claims("alice")));
        yield return Case("another's key, given along", another.Sign(claims,
            $$"""{"alg":"RS256","jwk":{"kty":"RSA","e":"AQAB","n":"{{Base64UrlEncoder.Encode(another.Rsa.ExportParameters(false).Modulus)}}"} }"""));
        yield return Case("a key that is fetched from elsewhere", another.Sign(claims, """{"alg":"RS256","jku":"http://127.0.0.1:9/keys"}"""));
        yield return Case("a curve's algorithm with an RSA signature", Maker.Sign(claims, """{"alg":"ES256"}"""));
        yield return Case("another text under a good signature",
            $"{parts[0]}.{Base64UrlEncoder.Encode(Claims("mallory").ToJsonString())}.{parts[2]}");
        yield return Case("a signature with a bit turned", good[..^3] + (good[^3] == 'A' ? 'B' : 'A') + good[^2..]);
        yield return Case("base64 that is none", $"{parts[0]}.!{parts[1][1..]}.{parts[2]}");
        yield return Case("claims that are no JSON", Maker.Sign("no json"));
        yield return Case("claims that are a list", Maker.Sign("[]"));
        yield return Case("expired", Maker.Sign(Claims("alice", ("exp", SecondsFromNow(-1)))), "expired");
        yield return Case("no exp", Maker.Sign(Claims("alice", ("exp", null))), "exp");
        yield return Case("an exp that is no number", Maker.Sign(Claims("alice", ("exp", "tomorrow"))));
        yield return Case("not valid yet", Maker.Sign(Claims("alice", ("nbf", SecondsFromNow(40_000)))), "not valid yet");
        yield return Case("the wrong issuer", Maker.Sign(Claims("alice", ("iss", "https://issuer.test.evil"))), "issuer");
        yield return Case("no issuer", Maker.Sign(Claims("alice", ("iss", null))), "issuer");
        yield return Case("the wrong audience", Maker.Sign(Claims("alice", ("aud", "another"))), "audience");
        yield return Case("no audience", Maker.Sign(Claims("alice", ("aud", null))), "audience");
        yield return Case("no sub", Maker.Sign(Claims("alice", ("sub", null))), "sub");
        yield return Case("an empty sub", Maker.Sign(Claims("")), "sub");
        yield return Case("a sub that is a number", Maker.Sign(Claims("alice", ("sub", 5))), "sub");
        yield return Case("a sub with a NUL", Maker.Sign(Claims("al\0ice")), "sub");
        yield return Case("a sub with a line's end", Maker.Sign(Claims("alice\u2028bob")), "sub");
        yield return Case("a device with a NUL", Maker.Sign(Claims("alice", ("device", "pho\0ne"))), "device");
        yield return Case("an empty device", Maker.Sign(Claims("alice", ("device", ""))), "device");
        yield return Case("a device of 2,000 bytes", Maker.Sign(Claims("alice", ("device", new string('a', 2_000)))), "device");
        yield return Case("a sub of 2,000 bytes", Maker.Sign(Claims(new string('a', 2_000))), "sub");
        yield return Case("a sub given twice", Maker.Sign(claims.Replace("\"sub\":", "\"sub\":\"mallory\",\"sub\":")));
        yield return Case("an extension that must be understood", Maker.Sign(claims, """{"alg":"RS256","crit":["b64"],"b64":false}"""));
        yield return Case("a device that is a list", Maker.Sign(claims[..^1] + ",\"device\":[\"phone\"]}"), "device");
        yield return Case("9,000 characters", Maker.Sign(Claims("alice", ("more", new string('a', 9_000)))), "longer");

        static TestCaseData Case(string name, string token, string says = "") => new TestCaseData(token, says).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(BadTokens))]
    [Protocol("2.56")]
    public async Task A_bad_token_is_refused_with_a_reason_and_costs_nothing_else(string token, string says)
    {
        var refused = Assert.ThrowsAsync<RpcException>(() => server.ConnectAsync("alice/phone", Header(token)));
        Assert.That(refused!.StatusCode, Is.EqualTo(StatusCode.Unauthenticated), refused.Status.Detail);
        Assert.That(refused.Status.Detail, Does.Contain(says).And.Not.Contain("IDX").And.Not.Contain("Exception"));
        Assert.That(refused.Status.Detail, Does.Not.Contain(Issuer).And.Not.Contain("mallory"), "what is expected, what was given");

        await using var good = await server.ConnectAsync("beside/phone", Header(Maker.Sign(Claims("beside"))));
        Assert.That(good.Head, Is.Zero);
    }

    [TestCase("Basic YWxpY2U6cGFzc3dvcmQ=")]
    [TestCase("Bearer")]
    [TestCase("alice")]
    public void What_is_no_bearer_token_is_refused(string header)
    {
        var refused = Assert.ThrowsAsync<RpcException>(
            () => server.ConnectAsync("alice/phone", new Metadata { { "authorization", header } }));
        Assert.That(refused!.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
    }

    [Test]
    public void Two_tokens_are_none()
    {
        var headers = Header(Maker.Sign(Claims("alice")));
        headers.Add("authorization", $"Bearer {Maker.Sign(Claims("bob"))}");
        var refused = Assert.ThrowsAsync<RpcException>(() => server.ConnectAsync("alice/phone", headers));
        Assert.That(refused!.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
    }

    [Test]
    public void The_header_of_the_development_mode_is_not_believed()
    {
        var refused = Assert.ThrowsAsync<RpcException>(() => server.ConnectAsync("alice/phone"));
        Assert.That(refused!.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
    }

    [Test]
    [Protocol("2.3", "2.5")]
    public async Task The_user_is_the_tokens_whatever_the_header_says([Values] bool withCurve)
    {
        var claims = Claims($"carol-{withCurve}");
        var token = withCurve ? Maker.SignWithCurve(claims) : Maker.Sign(claims);
        await using var carol = await server.ConnectAsync("alice/phone", Header(token));
        await using var reader = await server.ConnectAsync($"reader-{withCurve}/phone", Header(Maker.Sign(Claims($"reader-{withCurve}"))));
        await carol.SendAsync(reader.User, "m");
        Assert.That((await reader.MessagesAsync(1))[0].From.User, Is.EqualTo($"carol-{withCurve}"));
    }

    [Test]
    [Protocol("2.4", "2.57")]
    public async Task A_token_that_is_bound_to_a_device_is_good_for_that_one_alone()
    {
        var token = Header(Maker.Sign(Claims("dora", ("device", "phone"))));
        await using var phone = await server.ConnectAsync("dora/phone", token);
        var refused = Assert.ThrowsAsync<RpcException>(() => server.ConnectAsync("dora/laptop", token));
        Assert.That(refused!.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
    }
}
