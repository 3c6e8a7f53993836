using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>§6: <c>PLAYED</c>.</summary>
[TestFixture]
public sealed class Section06_Played : SectionTests
{
    [Test]
    [Protocol("6.33", "6.35", "6.36", "6.38")]
    public async Task Played_is_a_read_that_keeps_status_and_id_on_both_sides_but_not_in_the_answer()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        await SendManyAsync(alice, "bob", 3);
        var phone = await ConnectWithMessagesAsync("bob/phone", 3);
        var laptop = await ConnectWithMessagesAsync("bob/laptop", 3);
        var answer = await phone.AskAsync(Played("alice", "m-1", 2));
        Assert.That(answer, Is.EqualTo(new Signal
        {
            Id = "m-1",
            SignalOffset = 4,
            UserOffset = 2,
            To = new Identity { User = "alice" },
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffsetState = true,
            SignalAckState = new SignalAckState { Read = true },
        }));

        var told = (await alice.ReceiptsAsync(1))[0];
        var expected = new Signal
        {
            Id = "m-1",
            SignalOffset = 4,
            UserOffset = 2,
            Status = SignalStatus.Played,
            From = new Identity { User = "bob", Device = "phone" },
            To = new Identity { User = "alice" },
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffsetState = true,
            SignalAckState = new SignalAckState { Send = true, Received = true, Read = true },
        };
        Assert.That(Timeless(told), Is.EqualTo(expected));
        expected.SignalType = SignalType.Device;
        Assert.That(Timeless((await laptop.ReceiptsAsync(1))[0]), Is.EqualTo(expected));

        var later = await ConnectAsync("alice/laptop");
        Assert.That(
            (await later.MessagesAsync(3)).Select(message => message.SignalAckState.Read),
            Is.EqualTo(new[] { true, true, false }));
    }

    [Test]
    [Protocol("6.34")]
    public async Task Played_without_an_id_is_an_invalid_argument()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        var bob = await ConnectWithMessagesAsync("bob/phone", 1);

        Refused(await NextAsync(bob, Played("alice", "", 1)), "invalid_argument");
        Assert.That(await HeadAsync("bob"), Is.EqualTo(1));
    }

    [Test]
    [Protocol("6.37", "6.38", "6.39")]
    public async Task The_first_of_each_message_takes_an_entry_on_both_sides_also_where_it_was_read_and_no_other_does()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        await SendManyAsync(alice, "bob", 3);
        var bob = await ConnectWithMessagesAsync("bob/phone", 3);
        await bob.ReadAsync("alice", "m-3");
        await alice.Until("read", () => alice.Receipts.Any(receipt => receipt.SignalAckState.Read));
        var (atAlice, atBob) = (await HeadAsync("alice"), await HeadAsync("bob"));
        var first = Accepted(await bob.AskAsync(Played("alice", "m-2", 1)));
        Assert.That((first.SignalOffset, first.UserOffset), Is.EqualTo((atBob + 1, 3)), "the watermark stands at 3");
        var second = Accepted(await bob.AskAsync(Played("alice", "m-1")));
        Assert.That(second.SignalOffset, Is.EqualTo(atBob + 2), "of another message");

        var laptop = await ConnectAsync("bob/laptop");
        foreach (var device in new[] { bob, laptop })
        {
            foreach (var again in new[] { Played("alice", "m-2", 1), Played("alice", "m-2", 2), Played("alice", "m-1") })
                Assert.That(Accepted(await device.AskAsync(again)).SignalOffset, Is.Zero, "told already");
        }

        Assert.That((await HeadAsync("alice"), await HeadAsync("bob")), Is.EqualTo((atAlice + 2, atBob + 2)));
        await alice.Until("both", () => alice.Receipts.Count(receipt => receipt.Status == SignalStatus.Played) == 2);
        Assert.That(
            alice.Receipts.Where(receipt => receipt.Status == SignalStatus.Played).Select(one => (one.Id, one.UserOffset)),
            Is.EqualTo(new[] { ("m-2", 1), ("m-1", 1) }), "with the U that each was sent with");
    }

    [Test]
    [Protocol("6.39")]
    public async Task It_is_remembered_through_a_restart()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        var bob = await ConnectWithMessagesAsync("bob/phone", 1);
        await bob.AskAsync(Played("alice", "m"));
        var heads = (await HeadAsync("alice"), await HeadAsync("bob"));
        await Server.RestartAsync();

        var again = await ConnectAsync("bob/phone");
        Assert.That(Accepted(await again.AskAsync(Played("alice", "m"))).SignalOffset, Is.Zero);
        Assert.That((await HeadAsync("alice"), await HeadAsync("bob")), Is.EqualTo(heads));
    }

    [Test]
    [Protocol("6.40")]
    public async Task Later_reads_and_plays_drop_none_of_its_entries()
    {
        var alice = await ConnectAsync("alice/phone");
        await SendManyAsync(alice, "bob", 4);
        var bob = await ConnectWithMessagesAsync("bob/phone", 4);
        await bob.AskAsync(Played("alice", "m-1"));
        await bob.ReadAsync("alice", "m-2");
        await bob.AskAsync(Played("alice", "m-3"));
        await bob.ReadAsync("alice", "m-4");
        await bob.AcknowledgeAsync(4);
        await Server.RestartAsync();

        foreach (var name in new[] { "alice/later", "bob/later" })
        {
            var later = await ConnectReadyAsync(name);
            await later.Until("the whole queue", () => later.Position == later.Head);
            Assert.That(
                later.Receipts.Where(receipt => receipt.Status == SignalStatus.Played).Select(receipt => receipt.Id),
                Is.EqualTo(new[] { "m-1", "m-3" }), name);
        }
    }
}
