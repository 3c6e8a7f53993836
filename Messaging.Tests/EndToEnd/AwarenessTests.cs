using Messaging.Tests.Protocol;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.EndToEnd;

/// <summary>Protocol §7: what is relayed and never stored.</summary>
[TestFixture]
public sealed class AwarenessTests : ServerTests
{
    [Test]
    [Protocol("5.33", "7.1", "7.3", "7.4", "7.5", "7.7", "7.13", "8.3")]
    public async Task Awareness_reaches_the_connected_devices_and_takes_no_offset()
    {
        var alice = await ConnectAsync("alice/phone");
        var phone = await ConnectAsync("bob/phone");
        var laptop = await ConnectAsync("bob/laptop");
        var sibling = await ConnectAsync("alice/laptop");
        var answer = await alice.AskAsync(Status("bob", SignalStatus.Typing));
        Assert.That((answer.SignalOffsetState, answer.SignalOffset), Is.EqualTo((true, 0)));

        foreach (var device in new[] { phone, laptop })
        {
            await device.Until("typing", () => device.Frames.Count == 2);
            var expected = Status("bob", SignalStatus.Typing);
            (expected.From, expected.SignalType) = (new Identity { User = "alice", Device = "phone" }, SignalType.Receiver);
            Assert.That(device.Frames[1].Signal, Is.EqualTo(expected));
        }

        await alice.SendAsync("bob", "m");
        await sibling.MessagesAsync(1);
        Assert.That(sibling.Frames, Has.Count.EqualTo(2), "the sender's own devices hear nothing of it");
        Assert.That((await phone.MessagesAsync(1))[0].SignalOffset, Is.EqualTo(1));
    }

    [TestCase(SignalStatus.Notification)]
    [TestCase((SignalStatus)99)]
    [Protocol("7.2", "7.11")]
    public async Task A_status_that_the_server_does_not_know_is_relayed_too(SignalStatus status)
    {
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectAsync("bob/phone");
        await alice.AskAsync(Status("bob", status));

        await bob.Until("the status", () => bob.Frames.Count == 2);
        Assert.That(bob.Frames[1].Signal.Status, Is.EqualTo(status));
    }

    [Test]
    [Protocol("7.9")]
    public async Task Awareness_for_one_device_goes_to_that_device()
    {
        var alice = await ConnectAsync("alice/phone");
        var phone = await ConnectAsync("bob/phone");
        var laptop = await ConnectAsync("bob/laptop");
        var signal = Status("bob", SignalStatus.Typing);
        signal.To.Device = "laptop";
        await alice.AskAsync(signal);
        await laptop.Until("typing", () => laptop.Frames.Count == 2);

        await alice.SendAsync("bob", "m");
        await phone.MessagesAsync(1);
        Assert.That(phone.Frames, Has.Count.EqualTo(2), "a position and the message");
    }

    [Test]
    [Protocol("7.7", "7.8")]
    public async Task Awareness_to_oneself_goes_nowhere()
    {
        var phone = await ConnectAsync("alice/phone");
        var laptop = await ConnectAsync("alice/laptop");
        Assert.That((await phone.AskAsync(Status("alice", SignalStatus.Typing))).SignalOffsetState, Is.True);

        await phone.SendAsync("alice", "note");
        await laptop.MessagesAsync(1);
        Assert.That(laptop.Frames, Has.Count.EqualTo(2), "a position and the note");
    }

    [Test]
    [Protocol("7.6")]
    public async Task Awareness_is_not_stored()
    {
        var alice = await ConnectAsync("alice/phone");
        Assert.That((await alice.AskAsync(Status("bob", SignalStatus.Recording))).SignalOffsetState, Is.True);
        await alice.SendAsync("bob", "m");

        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(1);
        Assert.That(bob.Head, Is.EqualTo(1));
        Assert.That(bob.Frames, Has.Count.EqualTo(2));
    }

    private static Signal Status(string to, SignalStatus status) => new()
    {
        Id = "s",
        To = new Identity { User = to },
        Status = status,
        Timestamp = 5,
    };
}
