using System.Security.Cryptography;
using Grpc.Core;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;
using static Messaging.Tests.Security.Callers.TokenMaker;

namespace Messaging.Tests.Security.Callers;

/// <summary>Keys that come from an OpenID Connect provider, a small one of this process.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class AuthorityTests
{
    private static readonly TokenMaker Maker = new(), Next = new(), Third = new();

    [Test]
    [Protocol("2.56", "2.63")]
    public async Task Its_keys_are_fetched_and_until_it_is_there_nobody_is_blamed()
    {
        var address = OidcProvider.FreeAddress();
        await using var server = await ServerAsync(address);
        var good = Token(address, "r");
        Assert.That(await StatusAsync(server, good), Is.EqualTo(StatusCode.Unavailable), "its keys cannot be had");

        await using var provider = await OidcProvider.StartAsync(
            address, OidcProvider.Rsa(Maker.Rsa, "r"), OidcProvider.Curve(Maker.Curve, "c"), OidcProvider.Rsa(Next.Rsa, "e", use: "enc"),
            OidcProvider.Secret(new byte[32], "s"));
        await Wait.Eventually("it is asked again", async () => await StatusAsync(server, good) == StatusCode.OK);
        Assert.That(await StatusAsync(server, CurveToken(address, "c")), Is.EqualTo(StatusCode.OK));
        foreach (var (name, token) in new[]
        {
            ("no such key", Token(address, "x")),
            ("the key of the curve", Token(address, "c")),
            ("another's key under its name", Token(address, "r", Next)),
            ("a key for encryption", Token(address, "e", Next)),
            ("another issuer's", Token(Issuer, "r")),
            ("a secret that is published", Join("""{"alg":"HS256","kid":"s"}""", Claimed(address), static text => HMACSHA256.HashData(new byte[32], text))),
            ("an RSA signature said to be a curve's", Maker.Sign(Claimed(address), """{"alg":"ES256","kid":"r"}""")),
        })
            Assert.That(await StatusAsync(server, token), Is.EqualTo(StatusCode.Unauthenticated), name);
    }

    [Test]
    public async Task A_key_that_it_changes_to_is_good_soon_and_the_one_before_no_more()
    {
        await using var provider = await OidcProvider.StartAsync(OidcProvider.FreeAddress(), OidcProvider.Rsa(Maker.Rsa, "first"));
        await using var server = await ServerAsync(provider.Address);
        var first = Token(provider.Address, "first");
        await using var open = await server.ConnectAsync("alice/phone", Header(first));
        Assert.That(await StatusAsync(server, Token(provider.Address, "third", Third)), Is.EqualTo(StatusCode.Unauthenticated), "not published yet");

        // That one has asked for the keys again. However often somebody does, the next change is seen.
        var asked = provider.Asked;
        provider.Publish(OidcProvider.Rsa(Next.Rsa, "second"));
        await Wait.Eventually(
            "the second key is good", async () => await StatusAsync(server, Token(provider.Address, "second", Next)) == StatusCode.OK);
        Assert.That(await StatusAsync(server, first), Is.EqualTo(StatusCode.Unauthenticated));
        Assert.That(provider.Asked - asked, Is.LessThanOrEqualTo(3), "it was asked by the clock, not by the call");
        await open.AcknowledgeAsync(0);
    }

    [Test]
    public async Task When_it_goes_away_the_keys_that_it_had_are_still_good()
    {
        var provider = await OidcProvider.StartAsync(OidcProvider.FreeAddress(), OidcProvider.Rsa(Maker.Rsa, "r"));
        await using var server = await ServerAsync(provider.Address);
        Assert.That(await StatusAsync(server, Token(provider.Address, "r")), Is.EqualTo(StatusCode.OK));
        await provider.DisposeAsync();
        Assert.That(await StatusAsync(server, Token(provider.Address, "x")), Is.EqualTo(StatusCode.Unauthenticated));
        Assert.That(await StatusAsync(server, Token(provider.Address, "r")), Is.EqualTo(StatusCode.OK));
    }

    [TestCase("an error")]
    [TestCase("a page")]
    [TestCase("nothing")]
    [TestCase("no keys' address")]
    [TestCase("a redirect to itself")]
    [Protocol("2.63")]
    public async Task While_it_talks_nonsense_nobody_is_blamed(string how)
    {
        await using var provider = await OidcProvider.StartAsync(OidcProvider.FreeAddress(), OidcProvider.Rsa(Maker.Rsa, "r"));
        await using var server = await ServerAsync(provider.Address);
        provider.Fail(call =>
        {
            call.Response.StatusCode = how switch { "an error" => 500, "a redirect to itself" => 302, _ => 200 };
            if (how == "a redirect to itself")
                call.Response.Headers.Location = call.Request.Path.Value;
            return call.Response.WriteAsync(how switch { "a page" => "<html>", "no keys' address" => "{}", _ => "" });
        });
        Assert.That(await StatusAsync(server, Token(provider.Address, "r")), Is.EqualTo(StatusCode.Unavailable));
        provider.Fail(null);
        await Wait.Eventually("it is asked again", async () => await StatusAsync(server, Token(provider.Address, "r")) == StatusCode.OK);
    }

    [Test]
    public async Task Callers_that_go_while_it_is_silent_leave_nothing_behind()
    {
        await using var provider = await OidcProvider.StartAsync(OidcProvider.FreeAddress(), OidcProvider.Rsa(Maker.Rsa, "r"));
        await using var server = await ServerAsync(provider.Address);
        var waiting = 0;
        provider.Fail(async call =>
        {
            Interlocked.Increment(ref waiting);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, call.RequestAborted);
        });
        var headers = Header(Token(provider.Address, "r"));
        headers.Add("messaging-device", "phone");
        using (var gone = new CancellationTokenSource())
        {
            var calls = Enumerable.Range(0, 5).Select(_ => new V1.AccountService.AccountServiceClient(server.Channel)
                .ListBlockedAsync(new V1.ListBlockedRequest(), headers, cancellationToken: gone.Token).ResponseAsync).ToList();
            await Wait.Eventually("it is asked", () => Volatile.Read(ref waiting) > 0);
            await gone.CancelAsync();
            foreach (var call in calls)
                Assert.That(Assert.CatchAsync<RpcException>(() => call.InTime("the call ends")).StatusCode, Is.EqualTo(StatusCode.Cancelled));
        }

        // What is logged as an error fails the test as the server ends.
        provider.Fail(null);
        await Wait.Eventually("others are served", async () => await StatusAsync(server, Token(provider.Address, "r")) == StatusCode.OK);
    }

    private static Task<TestServer> ServerAsync(string authority) => TestServer.StartAsync(
        "--Messaging:Authentication:Mode=Token", $"--Messaging:Authentication:Audience={Audience}",
        $"--Messaging:Authentication:Authority={authority}");

    private static string Claimed(string issuer) => Claims("alice", ("iss", issuer)).ToJsonString();

    private static string Token(string issuer, string kid, TokenMaker? maker = null) =>
        (maker ?? Maker).Sign(Claimed(issuer), $$"""{"alg":"RS256","kid":"{{kid}}"}""");

    private static string CurveToken(string issuer, string kid) => Join(
        $$"""{"alg":"ES256","kid":"{{kid}}"}""", Claimed(issuer), static text => Maker.Curve.SignData(text, HashAlgorithmName.SHA256));

    /// <summary>What a call with this token ends with.</summary>
    private static async Task<StatusCode> StatusAsync(TestServer server, string token)
    {
        var headers = Header(token);
        headers.Add("messaging-device", "laptop");
        try
        {
            await new V1.AccountService.AccountServiceClient(server.Channel)
                .ListBlockedAsync(new V1.ListBlockedRequest(), headers).ResponseAsync.InTime("the call is answered");
            return StatusCode.OK;
        }
        catch (RpcException refused)
        {
            return refused.StatusCode;
        }
    }
}
