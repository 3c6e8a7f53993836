using NUnit.Framework;

namespace Messaging.Tests.EndToEnd;

/// <summary>Protocol §2: a stream on which nothing else goes down.</summary>
[TestFixture]
public sealed class HeartbeatTests : ServerTests
{
    private protected override string[] Settings => ["--Messaging:Delivery:Heartbeat=00:00:00.050"];

    [Test]
    public async Task A_silent_stream_beats()
    {
        var alice = await ConnectAsync("alice/phone");
        Assert.That(alice.Headers.GetValue("messaging-heartbeat"), Is.EqualTo("0.05"));
        await alice.Until("three heartbeats", () => alice.Frames.Count >= 4);

        Assert.That(alice.Frames.Select(frame => frame.Signal.SignalOffset), Is.All.Zero);
    }

    [Test]
    public async Task A_heartbeat_says_no_more_than_what_the_device_has()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "1");
        await alice.SendAsync("bob", "2");
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(2);
        await bob.AcknowledgeAsync(1);
        var before = bob.Frames.Count;
        await bob.Until("two heartbeats", () => bob.Frames.Count >= before + 2);

        Assert.That(bob.Frames.Skip(before).Select(frame => frame.Signal.SignalOffset), Is.All.EqualTo(1));
    }
}
