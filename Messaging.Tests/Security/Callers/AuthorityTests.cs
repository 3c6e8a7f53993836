using System.Security.Cryptography;
using Grpc.Core;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using NUnit.Framework;
using static Messaging.Tests.Security.Callers.TokenMaker;

namespace Messaging.Tests.Security.Callers;

/// <summary>Keys that come from an OpenID Connect provider, a small one of this process.</summary>
[TestFixture]
public sealed class AuthorityTests
{
    private static readonly TokenMaker Maker = new();

    [Test]
    [Protocol("2.54", "2.61")]
    public async Task Its_keys_are_fetched_and_until_it_is_there_nobody_is_blamed()
    {
        var port = FreePort();
        var authority = $"http://127.0.0.1:{port}";
        await using var server = await TestServer.StartAsync(
            "--Messaging:Authentication:Mode=Token", $"--Messaging:Authentication:Audience={Audience}",
            $"--Messaging:Authentication:Authority={authority}");
        var good = Token(authority, "r");
        Assert.That(Refusal(good).StatusCode, Is.EqualTo(StatusCode.Unavailable), "its keys cannot be had");

        await using var provider = await StartAsync(authority);
        await Wait.Eventually("it is asked again", () => TryAsync(good));
        Assert.That(Refusal(Token(authority, "x")).StatusCode, Is.EqualTo(StatusCode.Unauthenticated), "no such key");
        Assert.That(Refusal(Token(Issuer, "r")).Detail, Does.Contain("issuer"), "the provider's own is the one");
        using var another = new TokenMaker();
        Assert.That(Refusal(Token(authority, "r", another)).StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
        Assert.That(
            Refusal(Join("""{"alg":"HS256","kid":"s"}""", Claims("alice", ("iss", authority)).ToJsonString(),
                static text => HMACSHA256.HashData(new byte[32], text))).StatusCode,
            Is.EqualTo(StatusCode.Unauthenticated), "a secret that is published is none");

        async Task<bool> TryAsync(string token)
        {
            try
            {
                await using var device = await server.ConnectAsync("alice/phone", Header(token));
                return true;
            }
            catch (RpcException refused) when (refused.StatusCode == StatusCode.Unavailable)
            {
                return false;
            }
        }

        Status Refusal(string token) =>
            Assert.ThrowsAsync<RpcException>(() => server.ConnectAsync("alice/phone", Header(token))).Status;
    }

    private static string Token(string issuer, string kid, TokenMaker? maker = null) => (maker ?? Maker).Sign(
        Claims("alice", ("iss", issuer)).ToJsonString(), $$"""{"alg":"RS256","kid":"{{kid}}"}""");

    private static async Task<WebApplication> StartAsync(string authority)
    {
        var rsa = Maker.Rsa.ExportParameters(false);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(authority);
        var app = builder.Build();
        app.MapGet("/.well-known/openid-configuration", () => Results.Text(
            $$"""{"issuer":"{{authority}}","jwks_uri":"{{authority}}/keys"}""", "application/json"));
        app.MapGet("/keys", () => Results.Text(
            $$"""
            {"keys":[{"kty":"RSA","use":"sig","kid":"r","e":"{{Base64UrlEncoder.Encode(rsa.Exponent)}}","n":"{{Base64UrlEncoder.Encode(rsa.Modulus)}}"},
            {"kty":"oct","use":"sig","kid":"s","k":"{{Base64UrlEncoder.Encode(new byte[32])}}"}]}
            """, "application/json"));
        await app.StartAsync();
        return app;
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
