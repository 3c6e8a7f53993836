using Messaging.Service.Hosting;
using Messaging.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Messaging.Tests.Security.Callers;

/// <summary>What an operator forgot keeps the service from starting, with a sentence that says what to set.</summary>
[TestFixture]
public sealed class StartRulesTests
{
    private const string Section = "Messaging:Authentication";

    private static IEnumerable<TestCaseData> Forgotten()
    {
        using var maker = new TokenMaker();
        yield return Case("everything", [], $"{Section}:Mode must be set");
        yield return Case("the development mode", [$"--{Section}:Mode=Development"], $"{Section}:Mode must not be Development");
        yield return Case("the audience", [.. maker.Settings, $"--{Section}:Audience="], $"{Section}:Audience must be set");
        yield return Case("the issuer", [.. maker.Settings, $"--{Section}:Issuer="], $"{Section}:Issuer must be set");
        yield return Case("the keys", [.. maker.Settings, $"--{Section}:Keys="], $"{Section}:Authority, {Section}:KeyFile or {Section}:Keys must be set");
        yield return Case("keys that are none", [.. maker.Settings, $"--{Section}:Keys=secret"], $"{Section}:Keys cannot be used");
        yield return Case("a private key", [.. maker.Settings, $"--{Section}:Keys={maker.Rsa.ExportPkcs8PrivateKeyPem()}"], $"{Section}:Keys cannot be used");
        yield return Case("a short secret", [.. maker.Settings, $"--{Section}:Keys={{\"kty\":\"oct\",\"k\":\"c2hvcnQ\"}}"], $"{Section}:Keys cannot be used");
        yield return Case("a key file that is not there", [.. maker.Settings, $"--{Section}:KeyFile=/nowhere"], $"{Section}:KeyFile cannot be read");
        yield return Case("an authority in clear text",
            [$"--{Section}:Mode=Token", $"--{Section}:Audience=a", $"--{Section}:Authority=http://issuer.test"], $"{Section}:Authority must be an https address");
        yield return Case("an authority beside keys", [.. maker.Settings, $"--{Section}:Authority=https://issuer.test"], $"{Section}:Authority must not be set beside keys");
        yield return Case("the roots", [$"--{Section}:Mode=Certificate"], $"{Section}:ClientRoots must be set");
        yield return Case("roots that are not there", [$"--{Section}:Mode=Certificate", $"--{Section}:ClientRoots=/nowhere"], $"{Section}:ClientRoots cannot be read");
        yield return Case("clear text off loopback", [.. maker.Settings, "--urls", "http://0.0.0.0:0"], "http://0.0.0.0:0 is clear text off loopback");
        yield return Case("TLS without a certificate", [.. maker.Settings, "--urls", "https://0.0.0.0:0"], "https://0.0.0.0:0 needs a certificate");
        yield return Case("an old TLS", [.. maker.Settings, "--Kestrel:Endpoints:A:Url=http://127.0.0.1:0", "--Kestrel:Endpoints:A:SslProtocols:0=Tls11"],
            "Kestrel:Endpoints:A:SslProtocols:0 must be Tls12 or Tls13");

        static TestCaseData Case(string name, string[] settings, string says) => new TestCaseData(settings, says).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Forgotten))]
    public async Task It_does_not_start_and_says_what_to_set(string[] settings, string says)
    {
        var (exitCode, error) = await RunAsync(settings);
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(error, Does.Contain(says).And.Not.Contain("   at "));
        Assert.That(error, Does.Not.Contain("BEGIN PRIVATE"));
    }

    [TestCase("--urls", "http://127.0.0.1:0")]
    [TestCase("--urls", "http://0.0.0.0:0", "--Messaging:Authentication:AllowClearTextOffLoopback=true")]
    public async Task It_starts_outside_development_once_that_is_said(params string[] more)
    {
        using var maker = new TokenMaker();
        using var folder = TemporaryFolder.Create();
        await using var app = MessagingApplication.Create(
            ["--environment", "Production", $"--Messaging:Ledger:Path={folder.File("ledger.db")}", .. maker.Settings, .. more]);
        await app.StartAsync().InTime("the start");
        Assert.That(
            app.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).Select(endpoint => endpoint.DisplayName),
            Has.Some.Contains("Sync").And.None.Contains("reflection"), "what it offers is told in the Development environment alone");
        await app.StopAsync();
    }

    private static async Task<(int ExitCode, string Error)> RunAsync(string[] settings)
    {
        using var folder = TemporaryFolder.Create();
        var error = new StringWriter();
        var exitCode = await MessagingApplication.RunAsync(
            ["--environment", "Production", "--urls", "http://127.0.0.1:0", $"--Messaging:Ledger:Path={folder.File("ledger.db")}", .. settings],
            error);
        return (exitCode, error.ToString());
    }
}
