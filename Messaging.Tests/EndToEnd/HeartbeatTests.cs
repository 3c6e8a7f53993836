using Messaging.Tests.Protocol;
using NUnit.Framework;

namespace Messaging.Tests.EndToEnd;

/// <summary>Protocol §2: a stream on which nothing else goes down.</summary>
[TestFixture]
public sealed class HeartbeatTests : ServerTests
{
    private protected override string[] Settings => ["--Messaging:Delivery:Heartbeat=00:00:00.050"];

    [Test]
    [Protocol("2.27", "2.28", "2.40")]
    public async Task A_silent_stream_beats()
    {
        var alice = await ConnectAsync("alice/phone");
        Assert.That(alice.Headers.GetValue("messaging-heartbeat"), Is.EqualTo("0.05"));
        await alice.Until("three heartbeats", () => alice.Frames.Count >= 4);

        Assert.That(alice.Frames.Select(frame => frame.Signal.SignalOffset), Is.All.Zero);
    }

    [Test]
    [Protocol("2.40")]
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

    [Test]
    [Protocol("2.41", "2.42")]
    public async Task After_reading_again_a_heartbeat_stays_behind_what_was_asked_for()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "1");
        await alice.SendAsync("bob", "2");
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "1"));
        await bob.MessagesAsync(1);
        await bob.AcknowledgeAsync(1);
        await bob.MessagesAsync(2);
        await bob.AcknowledgeAsync(2);
        await bob.RereadAsync(0);
        await bob.MessagesAsync(3);
        var before = bob.Frames.Count;
        await bob.Until("two heartbeats", () => bob.Frames.Count >= before + 2);

        // The window is shut behind the first entry: the second is still to come, though the cursor is past it.
        Assert.That(bob.Frames.Skip(before).Select(frame => frame.Signal.SignalOffset), Is.All.EqualTo(1));
        await bob.AcknowledgeAsync(1);
        await bob.MessagesAsync(4);
    }
}
