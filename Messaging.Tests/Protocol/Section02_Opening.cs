using Grpc.Core;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §2: headers, and saying where one stands.</summary>
[TestFixture]
public sealed class Section02_Opening : ProtocolTests
{
    [Test]
    [Protocol("2.20", "2.21", "2.34")]
    public async Task A_session_is_one_stream_and_an_epoch_one_ledger()
    {
        var first = await ConnectAsync("alice/phone");
        await Server.RestartAsync();
        var second = await ConnectAsync("alice/phone");
        await using var elsewhere = await TestServer.StartAsync();
        await using var other = await elsewhere.ConnectAsync("alice/phone");

        Assert.That(Session(second), Is.Not.EqualTo(Session(first)).And.Not.Empty);
        Assert.That(second.Epoch, Is.EqualTo(first.Epoch), "the ledger is the same");
        Assert.That(other.Epoch, Is.Not.EqualTo(first.Epoch));
        foreach (var epoch in new[] { first.Epoch, other.Epoch })
            Assert.That(epoch, Does.Match("^[!-~]+$").And.Not.Contain("/"));

        static string Session(ProbeDevice device) => device.Headers.GetValue("messaging-session")!;
    }

    [Test]
    [Protocol("2.23")]
    public async Task A_device_has_caught_up_at_the_head_that_it_was_told_at_the_opening()
    {
        var alice = await AliceWritesAsync(7);
        var bob = await ConnectReadyAsync("bob/phone");
        Assert.That(bob.Head, Is.EqualTo(7));
        await bob.Until("it has caught up", () => bob.Position >= bob.Head);
        Assert.That(bob.Messages.Select(message => message.SignalRequest), Is.All.EqualTo(SignalRequest.Pull));

        await bob.AcknowledgeAsync(7);
        await alice.SendAsync("bob", "live");
        Assert.That((await bob.MessagesAsync(8))[7].SignalRequest, Is.EqualTo(SignalRequest.Push));
    }

    [TestCase("1", 1)]
    [TestCase("3", 3)]
    [TestCase("64", 64)]
    [TestCase("65", 64)]
    [TestCase("4294967297", 64)]
    [TestCase("0", 64)]
    [TestCase("-3", 64)]
    [TestCase("3 4", 64)]
    [TestCase("0x3", 64)]
    [Protocol("2.24", "2.25", "2.26")]
    public async Task The_window_that_the_server_names_is_the_one_it_keeps(string asked, int given)
    {
        await AliceWritesAsync(70);
        var bob = await ConnectAsync("bob/phone", ("messaging-window", asked));
        Assert.That(bob.Window, Is.EqualTo(given));
        await bob.MessagesAsync(given);
        Assert.That(await SoFarAsync(bob, behind: 1), Has.Count.EqualTo(given), "no more is in flight");
    }

    [TestCase("{0}/3")]
    [TestCase("{0}/0")]
    [TestCase("another/2147483647")]
    [TestCase("{0}/-9")]
    [TestCase("{0}/9/9")]
    [TestCase("{0}/9 9")]
    [TestCase("{0}/99999999999999")]
    [TestCase("{0}")]
    [TestCase("/9")]
    [TestCase("9")]
    [Protocol("2.30", "2.33", "2.35")]
    public async Task A_position_that_shows_nothing_moves_nothing(string position)
    {
        var alice = await AliceWritesAsync(3);
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(3);
        await bob.AcknowledgeAsync(1);
        await DisconnectAsync(bob);

        var value = position.Replace("{0}", alice.Epoch, StringComparison.Ordinal);
        bob = await ConnectAsync("bob/phone", ("messaging-position", value));
        Assert.That(bob.Frames[0].Signal, Is.EqualTo(Position(1)));
        Assert.That((await bob.MessagesAsync(2)).Select(message => message.SignalOffset), Is.EqualTo(new[] { 2, 3 }));
    }

    [TestCase("phone")]
    [TestCase("unknown")]
    [Protocol("2.31", "2.32")]
    public async Task A_position_past_the_head_ends_the_stream_and_raises_an_alarm(string device)
    {
        Server.ExpectAlarm("the ledger went back in time");
        var alice = await AliceWritesAsync(3);
        await ConnectAsync("bob/phone");
        var refused = await RefusedAsync(With(
            ("messaging-user", "bob"), ("messaging-device", device), ("messaging-position", $"{alice.Epoch}/4")));

        Assert.That(refused.StatusCode, Is.EqualTo(StatusCode.FailedPrecondition));
        Assert.That(refused.Detail, Does.Contain("epoch"), "it says what is to be done");
    }
}
