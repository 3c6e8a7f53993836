using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Security.Callers;

/// <summary>Client certificates (protocol §2), and the TLS that they come over.</summary>
[TestFixture]
public sealed class CertificateTests
{
    private readonly CertificateMaker maker = new();
    private readonly EveryLine log = new();
    private TestServer server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => server = await TestServer.StartAsync(log.AddTo, maker.Settings);

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await server.DisposeAsync();
        maker.Dispose();
    }

    [TestCase("messaging:alice", "phone", "alice/phone")]
    [TestCase("messaging:a%20b%2Fc", "phone", "a b/c/phone")]
    [TestCase("messaging:bob/laptop", "laptop", "bob/laptop")]
    [TestCase("messaging:carol https://example.org/", "phone", "carol/phone")]
    [Protocol("2.58")]
    public async Task The_user_is_the_one_that_the_certificate_names(string uri, string device, string signedIn)
    {
        using var certificate = maker.ForClient(uri);
        using var channel = Channel(certificate);
        await using var probe = await ProbeDevice.ConnectAsync(channel.CreateCallInvoker(), $"whoever/{device}");
        Assert.That(log.Lines, Has.Some.Contains($"{signedIn} signed in by Certificate"));
    }

    [TestCase("messaging:worker?scope=send-as", true)]
    [TestCase("messaging:worker", false)]
    [Protocol("4.53")]
    public async Task Only_with_the_scope_in_it_may_its_bearer_send_as_another(string uri, bool may)
    {
        using var certificate = maker.ForClient(uri);
        using var channel = Channel(certificate);
        await using var worker = await ProbeDevice.ConnectAsync(channel.CreateCallInvoker(), $"worker/may-{may}");
        var message = ProbeDevice.Text("reader", "m1");
        message.From = new Identity { User = "erin" };
        Assert.That((await worker.AskAsync(message)).Error, may ? Is.Empty : Does.StartWith("permission_denied"));
    }

    private static IEnumerable<TestCaseData> Bad()
    {
        yield return Case("none", static _ => null, "no client certificate");
        yield return Case("expired", static maker => maker.ForClient("messaging:alice", -10, -1), "expired");
        yield return Case("not valid yet", static maker => maker.ForClient("messaging:alice", 1, 10), "not valid yet");
        yield return Case("made for servers", static maker => maker.ForServer("messaging:alice"), "not made for clients");
        yield return Case("made for anything", static maker => maker.ForAnything("messaging:alice"), "not made for clients");
        yield return Case("no user in it but in its common name", static maker => maker.ForClient(null), "names no user");
        yield return Case("another kind of name", static maker => maker.ForClient("https://example.org/alice"), "names no user");
        yield return Case("two users", static maker => maker.ForClient("messaging:alice messaging:bob"), "more than one");
        yield return Case("no user before the device", static maker => maker.ForClient("messaging:/phone"), "not messaging:");
        yield return Case("a scope that is none", static maker => maker.ForClient("messaging:alice?scope=all"), "not messaging:");
        yield return Case("another device", static maker => maker.ForClient("messaging:alice/tablet"), "another device");
        yield return Case("another root of the same name", static _ =>
        {
            using var other = new CertificateMaker();
            return other.ForClient("messaging:alice");
        }, "does not come from");

        static TestCaseData Case(string name, Func<CertificateMaker, X509Certificate2?> make, string says) =>
            new TestCaseData(make, says).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Bad))]
    public void Any_other_certificate_is_refused_and_told_why(object make, string says)
    {
        using var certificate = ((Func<CertificateMaker, X509Certificate2?>)make)(maker);
        using var channel = Channel(certificate);
        var refused = Assert.ThrowsAsync<RpcException>(
            () => ProbeDevice.ConnectAsync(channel.CreateCallInvoker(), "alice/phone"));
        Assert.That(refused!.StatusCode, Is.EqualTo(StatusCode.Unauthenticated), refused.Message);
        Assert.That(refused.Status.Detail, Does.Contain(says));
    }

    [TestCase(SslProtocols.Tls12, true)]
    [TestCase(SslProtocols.Tls13, true)]
#pragma warning disable CS0618, SYSLIB0039, CA5397 // that it is refused is what is looked at
    [TestCase(SslProtocols.Tls11, false)]
    [TestCase(SslProtocols.Tls, false)]
#pragma warning restore CS0618, SYSLIB0039, CA5397
    public async Task Only_versions_of_TLS_that_hold_are_spoken(SslProtocols version, bool isSpoken)
    {
        using var certificate = maker.ForClient("messaging:alice");
        using var channel = Channel(certificate, version);
        if (isSpoken)
            await using (await ProbeDevice.ConnectAsync(channel.CreateCallInvoker(), "alice/phone"))
                return;
        Assert.ThrowsAsync<RpcException>(() => ProbeDevice.ConnectAsync(channel.CreateCallInvoker(), "alice/phone"));
    }

    [Test]
    [Protocol("2.59")]
    public async Task A_good_certificate_does_not_make_up_for_a_bad_token()
    {
        using var tokens = new TokenMaker();
        await using var both = await TestServer.StartAsync(
            [.. maker.Settings, .. tokens.Settings, "--Messaging:Authentication:Mode=Token, Certificate"]);
        using var certificate = maker.ForClient("messaging:alice");
        using var channel = maker.Channel(both.Address, certificate);
        await using (await ProbeDevice.ConnectAsync(channel.CreateCallInvoker(), "alice/phone"))
        {
        }

        var refused = Assert.ThrowsAsync<RpcException>(
            () => ProbeDevice.ConnectAsync(channel.CreateCallInvoker(), "alice/phone", TokenMaker.Header("nonsense")));
        Assert.That(refused!.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
    }

    private GrpcChannel Channel(X509Certificate2? certificate, SslProtocols version = SslProtocols.None) =>
        maker.Channel(server.Address, certificate, version);
}
