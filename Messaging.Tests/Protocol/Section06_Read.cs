using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>§6: the watermark of <c>read</c>.</summary>
[TestFixture]
public sealed class Section06_Read : SectionTests
{
    private static readonly SignalAckState AllThree = new() { Send = true, Received = true, Read = true };

    [Test]
    [Protocol("6.7", "6.8", "6.20", "6.22", "6.23", "6.24", "6.26", "6.28", "6.29", "6.30")]
    public async Task A_read_reaches_every_device_of_both_sides_whether_it_is_connected_or_not()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        await SendManyAsync(alice, "bob", 3);
        var phone = await ConnectWithMessagesAsync("bob/phone", 3);
        var laptop = await ConnectWithMessagesAsync("bob/laptop", 3);
        Accepted(await phone.ReadAsync("alice", "m-1", 2));

        var told = (await alice.ReceiptsAsync(1))[0];
        Assert.That(Timeless(told), Is.EqualTo(new Signal
        {
            Id = "m-2",
            SignalOffset = 4,
            UserOffset = 2,
            From = new Identity { User = "bob", Device = "phone" },
            To = new Identity { User = "alice" },
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffsetState = true,
            SignalAckState = AllThree,
        }));
        var own = (await laptop.ReceiptsAsync(1))[0];
        Assert.That(Timeless(own), Is.EqualTo(new Signal
        {
            Id = "m-1",
            SignalOffset = 4,
            UserOffset = 2,
            From = new Identity { User = "bob", Device = "phone" },
            To = new Identity { User = "alice" },
            Type = SignalKind.Response,
            SignalType = SignalType.Device,
            SignalOffsetState = true,
            SignalAckState = AllThree,
        }));

        await Server.RestartAsync();
        Assert.That((await (await ConnectAsync("alice/later")).ReceiptsAsync(1))[0], Is.EqualTo(told));
        Assert.That((await (await ConnectAsync("bob/later")).ReceiptsAsync(1))[0], Is.EqualTo(own));
    }

    [Test]
    [Protocol("6.7", "6.13", "6.19")]
    public async Task Reading_implies_received_in_the_same_entry_and_acknowledging_later_takes_none()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        await SendManyAsync(alice, "bob", 3);
        var bob = await ConnectWithMessagesAsync("bob/phone", 3);
        await bob.ReadAsync("alice", "m-2");
        Assert.That((await alice.ReceiptsAsync(1))[0].SignalAckState, Is.EqualTo(AllThree));
        var laptop = await ConnectAsync("alice/laptop");
        Assert.That((await laptop.MessagesAsync(3)).Select(message => message.SignalAckState), Is.EqualTo(
            new[] { AllThree, AllThree, new SignalAckState { Send = true } }));

        await bob.AcknowledgeAsync(2);
        Assert.That(await HeadAsync("alice"), Is.EqualTo(4));
        await bob.AcknowledgeAsync(3);
        Assert.That((await alice.ReceiptsAsync(2))[1].Id, Is.EqualTo("m-3"));
    }

    [TestCase("nothing")]
    [TestCase("of bob himself")]
    [TestCase("of alice to carol")]
    [TestCase("of carol to bob")]
    [Protocol("6.9")]
    public async Task An_id_must_name_a_message_that_the_other_sent_in_this_conversation(string id)
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        await alice.SendAsync("carol", "of alice to carol");
        await (await ConnectAsync("carol/phone")).SendAsync("bob", "of carol to bob");
        var bob = await ConnectAsync("bob/phone");
        await bob.SendAsync("alice", "of bob himself");
        var (atAlice, atBob) = (await HeadAsync("alice"), await HeadAsync("bob"));

        foreach (var signal in new[] { Read("alice", id), Read("alice", id, 1), Played("alice", id), Read("nobody", id) })
            Refused(await bob.AskAsync(signal), "not_found");
        Assert.That((await HeadAsync("alice"), await HeadAsync("bob")), Is.EqualTo((atAlice, atBob)));
    }

    [Test]
    [Protocol("6.10", "6.29")]
    public async Task Where_the_offset_is_zero_the_message_gives_it_and_otherwise_the_offset_counts()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        await SendManyAsync(alice, "bob", 5);
        var bob = await ConnectWithMessagesAsync("bob/phone", 5);
        var laptop = await ConnectReadyAsync("bob/laptop");
        Assert.That((await bob.ReadAsync("alice", "m-1")).UserOffset, Is.EqualTo(1));
        Assert.That((await bob.ReadAsync("alice", "m-1", 2)).UserOffset, Is.EqualTo(2));
        Assert.That((await bob.ReadAsync("alice", "m-5", 3)).UserOffset, Is.EqualTo(3));
        Assert.That((await NextAsync(bob, Read("alice", upTo: 4))).UserOffset, Is.EqualTo(4));

        Assert.That(
            (await laptop.ReceiptsAsync(4)).Select(own => (own.Id, own.UserOffset)),
            Is.EqualTo(new[] { ("m-1", 1), ("m-1", 2), ("m-5", 3), ("m-4", 4) }));
        await alice.Until("the last", () => alice.Receipts.Any(receipt => receipt is { UserOffset: 4 }));
        Assert.That(
            alice.Receipts.Where(receipt => receipt.SignalAckState.Read).Select(receipt => (receipt.Id, receipt.UserOffset)),
            Is.EqualTo(new[] { ("m-1", 1), ("m-2", 2), ("m-3", 3), ("m-4", 4) }));
    }

    [Test]
    [Protocol("6.11", "6.12")]
    public async Task Neither_id_nor_offset_is_an_invalid_argument_and_past_the_timelines_head_out_of_range()
    {
        var alice = await ConnectAsync("alice/phone");
        await SendManyAsync(alice, "bob", 2);
        var bob = await ConnectWithMessagesAsync("bob/phone", 2);

        Refused(await NextAsync(bob, Read("alice")), "invalid_argument");
        Refused(await NextAsync(bob, Read("alice", upTo: 3)), "out_of_range");
        Refused(await bob.ReadAsync("alice", "m-1", 3), "out_of_range");
        Refused(await bob.ReadAsync("alice", "m-1", int.MaxValue), "out_of_range");
        Refused(await NextAsync(bob, Read("nobody", upTo: 1)), "out_of_range");
        Assert.That((await HeadAsync("alice"), await HeadAsync("bob")), Is.EqualTo((2, 2)), "nothing moved");
        Assert.That(Accepted(await NextAsync(bob, Read("alice", upTo: 2))).UserOffset, Is.EqualTo(2));
    }

    [Test]
    [Protocol("6.14", "6.15", "6.16", "6.18")]
    public async Task A_lower_read_changes_nothing_and_is_answered_true_also_after_a_restart()
    {
        var alice = await ConnectAsync("alice/phone");
        await SendManyAsync(alice, "bob", 3);
        var bob = await ConnectWithMessagesAsync("bob/phone", 3);
        await bob.ReadAsync("alice", "m-3");
        var heads = (await HeadAsync("alice"), await HeadAsync("bob"));
        await Server.RestartAsync();

        var laptop = await ConnectAsync("bob/laptop");
        foreach (var signal in new[] { Read("alice", "m-1"), Read("alice", "m-3", 1), Read("alice", "m-3") })
        {
            var answer = Accepted(await laptop.AskAsync(signal));
            Assert.That((answer.UserOffset, answer.SignalOffset), Is.EqualTo((3, 0)), "where the watermark stands");
        }

        Assert.That((await HeadAsync("alice"), await HeadAsync("bob")), Is.EqualTo(heads));
        var shown = (await laptop.MessagesAsync(3)).Select(message => message.SignalAckState);
        Assert.That(shown, Is.All.EqualTo(AllThree));
    }

    [Test]
    [Protocol("6.18", "6.29", "6.21")]
    public async Task A_read_covers_the_messages_of_others_only()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        await alice.SendAsync("bob", "m-1");
        var bob = await ConnectWithMessagesAsync("bob/phone", 1);
        var laptop = await ConnectReadyAsync("bob/laptop");
        await bob.SendAsync("alice", "own-2");
        await bob.SendAsync("alice", "own-3");
        Assert.That((await NextAsync(bob, Read("alice", upTo: 2))).UserOffset, Is.EqualTo(2));
        await laptop.Until("the read", () => laptop.Receipts.Any(receipt => receipt.SignalAckState.Read));
        var moved = laptop.Receipts.Single(receipt => receipt.SignalAckState.Read);
        Assert.That((moved.Id, moved.UserOffset), Is.EqualTo(("m-1", 2)));
        var answer = Accepted(await NextAsync(bob, Read("alice", upTo: 3)));

        Assert.That((answer.SignalOffset, answer.UserOffset), Is.EqualTo((0, 2)), "nothing of others is newly covered");
        await alice.Until("read", () => alice.Receipts.Any(receipt => receipt.SignalAckState.Read));
        Assert.That((alice.Receipts[^1].Id, alice.Receipts[^1].UserOffset), Is.EqualTo(("m-1", 2)));
    }
}
