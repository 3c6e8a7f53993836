using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>§6: <c>send</c>, and the watermark of <c>received</c>.</summary>
[TestFixture]
public sealed class Section06_Received : SectionTests
{
    [Test]
    [Protocol("6.1")]
    public async Task Send_is_the_answer_to_the_message()
    {
        var alice = await ConnectAsync("alice/phone");
        var answer = await alice.SendAsync("bob", "m");

        Assert.That(answer.SignalAckState, Is.EqualTo(new SignalAckState { Send = true }));
        Assert.That(await HeadAsync("alice"), Is.EqualTo(1), "no entry besides the message's own");
    }

    [Test]
    [Protocol("6.2", "6.17", "6.18", "6.31")]
    public async Task The_first_device_to_acknowledge_makes_every_message_up_to_there_received()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        await SendManyAsync(alice, "bob", 3);
        var phone = await ConnectWithMessagesAsync("bob/phone", 3);
        var laptop = await ConnectWithMessagesAsync("bob/laptop", 3);
        await phone.AcknowledgeAsync(2);
        Assert.That(Brief(await alice.ReceiptsAsync(1)), Is.EqualTo(new[] { "4 m-2 #2 bob/phone" }), "one for both");

        await laptop.AcknowledgeAsync(1);
        await laptop.AcknowledgeAsync(2);
        Assert.That(await HeadAsync("alice"), Is.EqualTo(4), "nothing was newly covered");
        await laptop.AcknowledgeAsync(3);
        Assert.That(Brief(await alice.ReceiptsAsync(2))[1], Is.EqualTo("5 m-3 #3 bob/laptop"));
        await phone.AcknowledgeAsync(3);
        Assert.That(await HeadAsync("alice"), Is.EqualTo(5), "nor by the second device");
    }

    [Test]
    [Protocol("6.3", "6.4")]
    public async Task A_message_that_an_acknowledgement_skips_unseen_is_received_too()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        await SendManyAsync(alice, "bob", 4);
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "1"));
        await bob.MessagesAsync(1);
        Accepted(await bob.AcknowledgeAsync(4));

        await alice.Until("m-4 is received", () => alice.Receipts.Any(receipt => receipt.Id == "m-4"));
        var covered = alice.Receipts[^1];
        Assert.That((covered.UserOffset, covered.SignalAckState.Received), Is.EqualTo((4, true)));
        Assert.That(bob.Messages, Has.Count.EqualTo(1), "three of them were never sent");
    }

    [Test]
    [Protocol("6.5")]
    public async Task Starting_at_the_head_moves_the_cursor_and_makes_nothing_received()
    {
        var alice = await ConnectAsync("alice/phone");
        await SendManyAsync(alice, "bob", 2);
        var instance = await ConnectAsync("bob/instance", ("messaging-start", "head"));
        Assert.That(instance.Position, Is.EqualTo(2));
        Assert.That((await instance.AcknowledgeAsync(2)).SignalOffset, Is.EqualTo(2));
        Assert.That(await HeadAsync("alice"), Is.EqualTo(2), "no receipt");

        var laptop = await ConnectAsync("alice/laptop");
        var shown = (await laptop.MessagesAsync(2)).Select(message => message.SignalAckState);
        Assert.That(shown, Is.All.EqualTo(new SignalAckState { Send = true }));
    }

    [Test]
    [Protocol("6.16", "6.20", "6.21", "6.22", "6.23", "6.24", "6.25", "6.26", "6.27")]
    public async Task A_receipt_reaches_every_device_of_the_sender_whether_it_is_connected_or_not()
    {
        var phone = await ConnectReadyAsync("alice/phone");
        var away = await ConnectReadyAsync("alice/away");
        await DisconnectAsync(away);
        await SendManyAsync(phone, "bob", 2);
        var bob = await ConnectWithMessagesAsync("bob/phone", 2);
        await bob.SendAsync("alice", "own-3");
        await bob.AcknowledgeAsync(3);

        var receipt = (await phone.ReceiptsAsync(1))[0];
        Assert.That(Timeless(receipt), Is.EqualTo(new Signal
        {
            Id = "m-2",
            SignalOffset = 4,
            UserOffset = 2,
            From = new Identity { User = "bob", Device = "phone" },
            To = new Identity { User = "alice" },
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffsetState = true,
            SignalAckState = new SignalAckState { Send = true, Received = true },
        }));
        await Server.RestartAsync();
        foreach (var name in new[] { "alice/away", "alice/new" })
        {
            var later = await ConnectReadyAsync(name);
            Assert.That((await later.ReceiptsAsync(1))[0], Is.EqualTo(receipt), name);
        }
    }

    [Test]
    [Protocol("6.17", "6.22")]
    public async Task One_acknowledgement_tells_each_sender_of_their_own_last_message()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        var carol = await ConnectReadyAsync("carol/phone");
        await alice.SendAsync("bob", "a-1");
        await carol.SendAsync("bob", "c-1");
        await alice.SendAsync("bob", "a-2");
        await carol.SendAsync("bob", "c-2");
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(4);
        await bob.AcknowledgeAsync(3);

        Assert.That(Brief(await alice.ReceiptsAsync(1)), Is.EqualTo(new[] { "3 a-2 #2 bob/phone" }));
        Assert.That(Brief(await carol.ReceiptsAsync(1)), Is.EqualTo(new[] { "3 c-1 #1 bob/phone" }));
    }

    [Test]
    [Protocol("6.16", "6.18", "6.14")]
    public async Task What_was_received_stays_so_through_a_restart_and_is_not_told_again()
    {
        var alice = await ConnectAsync("alice/phone");
        await SendManyAsync(alice, "bob", 2);
        var bob = await ConnectWithMessagesAsync("bob/phone", 2);
        await bob.AcknowledgeAsync(2);
        await Server.RestartAsync();

        var laptop = await ConnectWithMessagesAsync("bob/laptop", 2);
        Assert.That(laptop.Messages.Select(message => message.SignalAckState.Received), Is.All.True);
        await laptop.AcknowledgeAsync(1);
        await laptop.AcknowledgeAsync(2);
        Assert.That(await HeadAsync("alice"), Is.EqualTo(3));
    }

    [Test]
    [Protocol("6.32")]
    public async Task Whatever_was_dropped_for_a_later_entry_is_accounted_for()
    {
        var alice = await ConnectAsync("alice/phone");
        await SendManyAsync(alice, "bob", 3);
        var bob = await ConnectWithMessagesAsync("bob/phone", 3);
        for (var i = 1; i <= 3; i++)
            await bob.AcknowledgeAsync(i);

        // The probe fails at a hole that no position signal accounts for.
        var later = await ConnectReadyAsync("alice/later");
        await later.Until("the whole queue", () => later.Position == later.Head);
        Assert.That((later.Receipts[^1].Id, later.Receipts[^1].UserOffset), Is.EqualTo(("m-3", 3)));
    }

    [Test]
    [Protocol("6.18")]
    public async Task Acknowledging_receipts_and_own_messages_tells_nobody()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        var bob = await ConnectWithMessagesAsync("bob/phone", 1);
        await bob.AcknowledgeAsync(1);
        await alice.ReceiptsAsync(1);
        await alice.AcknowledgeAsync(2);
        var laptop = await ConnectAsync("alice/laptop");
        await laptop.ReceiptsAsync(1); // what is under way when it is skipped would look like a repeat
        await laptop.AcknowledgeAsync(2);

        Assert.That((await HeadAsync("alice"), await HeadAsync("bob")), Is.EqualTo((2, 1)));
    }

    private static List<string> Brief(IEnumerable<Signal> receipts) =>
        [.. receipts.Select(one => $"{one.SignalOffset} {one.Id} #{one.UserOffset} {one.From.User}/{one.From.Device}")];
}
