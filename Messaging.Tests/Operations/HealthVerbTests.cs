using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Operations;

/// <summary>The verb by which scripts and containers ask a running service for its health.</summary>
public sealed class HealthVerbTests
{
    [Test]
    public async Task It_succeeds_where_a_service_serves()
    {
        await using var server = await TestServer.StartAsync();
        var (code, output) = await Verb.RunProcessAsync("health", server.Address);
        Assert.That(code, Is.Zero, output);
        Assert.That(output.Trim(), Is.EqualTo($"{new Uri(server.Address)} is serving."));
    }

    [Test]
    public async Task It_fails_with_a_sentence_where_nobody_answers()
    {
        var (code, output) = await Verb.RunProcessAsync("health", "http://127.0.0.1:1", "--seconds", "20");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.StartWith("http://127.0.0.1:1/ gives no answer: Unavailable").And.Not.Contain("   at "));
    }

    [TestCase("here")]
    [TestCase("ftp://127.0.0.1")]
    [TestCase("http://127.0.0.1:5080", "--seconds", "0")]
    public async Task What_makes_no_sense_is_refused(params string[] words)
    {
        var (code, output) = await Verb.RunProcessAsync(["health", .. words]);
        Assert.That(code, Is.Not.Zero);
        Assert.That(output, Does.Contain("is not an address").Or.Contain("must be from 1 to 3600"));
    }
}
