using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Messaging.Tests.Security.Callers;

/// <summary>An OpenID Connect provider on loopback: its document, and a key set that a test may change.</summary>
internal sealed class OidcProvider : IAsyncDisposable
{
    private readonly WebApplication app;
    private volatile IReadOnlyList<object> keys = [];
    private volatile Func<HttpContext, Task>? fault;
    private int asked;

    private OidcProvider(string address)
    {
        Address = address;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        app = builder.Build();
        app.Run(AnswerAsync);
    }

    public string Address { get; }

    /// <summary>How often its key set was asked for.</summary>
    public int Asked => Volatile.Read(ref asked);

    /// <summary>A port that nothing listens on, for a provider that comes later.</summary>
    public static string FreeAddress()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"http://{listener.LocalEndpoint}";
    }

    public static async Task<OidcProvider> StartAsync(string address, params object[] keys)
    {
        var provider = new OidcProvider(address) { keys = keys };
        await provider.app.StartAsync();
        return provider;
    }

    /// <summary>An RSA key of the set.</summary>
    public static object Rsa(RSA key, string kid, string use = "sig")
    {
        var rsa = key.ExportParameters(false);
        return new { kty = "RSA", use, kid, e = Base64UrlEncoder.Encode(rsa.Exponent), n = Base64UrlEncoder.Encode(rsa.Modulus) };
    }

    /// <summary>A key of the set on a curve.</summary>
    public static object Curve(ECDsa key, string kid)
    {
        var point = key.ExportParameters(false).Q;
        return new { kty = "EC", use = "sig", kid, crv = "P-256", x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y) };
    }

    /// <summary>A secret, which no provider should publish.</summary>
    public static object Secret(byte[] secret, string kid) => new { kty = "oct", use = "sig", kid, k = Base64UrlEncoder.Encode(secret) };

    public void Publish(params object[] others) => keys = others;

    /// <summary>From now on it answers everything in this way; null for as it should.</summary>
    public void Fail(Func<HttpContext, Task>? how) => fault = how;

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private Task AnswerAsync(HttpContext call)
    {
        if (fault is { } how)
            return how(call);
        switch (call.Request.Path.Value)
        {
            case "/.well-known/openid-configuration":
                return call.Response.WriteAsJsonAsync(new { issuer = Address, jwks_uri = $"{Address}/keys" });
            case "/keys":
                Interlocked.Increment(ref asked);
                return call.Response.WriteAsJsonAsync(new { keys });
            default:
                call.Response.StatusCode = 404;
                return Task.CompletedTask;
        }
    }
}
