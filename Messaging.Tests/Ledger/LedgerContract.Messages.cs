using Messaging.Service.Ledger;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>Protocol §§1 and 4: what accepting a message does.</summary>
public abstract partial class LedgerContract
{
    [Test]
    [Protocol("4.4", "4.5", "4.8")]
    public async Task A_message_takes_the_next_offset_of_each_member_and_of_the_conversation()
    {
        using var phone = await DeviceAsync("alice/phone");
        await phone.SendAsync("carol", "c-1");
        var first = await phone.SendAsync("bob", "b-1");
        var second = await phone.SendAsync("bob", "b-2");

        Assert.Multiple(() =>
        {
            Assert.That(first.Settlement, Is.EqualTo(Settlement.Recorded));
            Assert.That((first.SignalOffset.Value, first.UserOffset.Value), Is.EqualTo((2, 1)));
            Assert.That((second.SignalOffset.Value, second.UserOffset.Value), Is.EqualTo((3, 2)));
        });
    }

    [Test]
    [Protocol("1.1", "1.2", "1.5", "1.8", "1.9", "1.11")]
    public async Task Offsets_are_dense_in_every_sequence_and_every_conversation()
    {
        using var alice = await DeviceAsync("alice/phone");
        using var bob = await DeviceAsync("bob/phone");
        using var carol = await DeviceAsync("carol/phone");
        await alice.SendAsync("bob", "1");
        await bob.SendAsync("carol", "1");
        await carol.SendAsync("alice", "1");
        await bob.SendAsync("alice", "2");
        await alice.SendAsync("carol", "2");
        await alice.SendAsync("bob", "3");

        Assert.That(await alice.DescribeAsync(head: 5), Is.EqualTo(new[]
        {
            "1 message alice/phone 1 #1 Sent",
            "2 message carol/phone 1 #1 Sent",
            "3 message bob/phone 2 #2 Sent",
            "4 message alice/phone 2 #2 Sent",
            "5 message alice/phone 3 #3 Sent",
        }));
        Assert.That(await bob.DescribeAsync(head: 4), Is.EqualTo(new[]
        {
            "1 message alice/phone 1 #1 Sent",
            "2 message bob/phone 1 #1 Sent",
            "3 message bob/phone 2 #2 Sent",
            "4 message alice/phone 3 #3 Sent",
        }));
        Assert.That(await carol.DescribeAsync(head: 3), Is.EqualTo(new[]
        {
            "1 message bob/phone 1 #1 Sent",
            "2 message carol/phone 1 #1 Sent",
            "3 message alice/phone 2 #2 Sent",
        }));
    }

    [Test]
    [Protocol("1.10", "1.12")]
    public async Task Both_ends_read_the_same_message()
    {
        using var bob = await DeviceAsync("bob/phone");
        using var alice = await DeviceAsync("alice/phone");
        await bob.SendAsync("carol", "elsewhere");
        var sent = await alice.VisibleAsync(alice.Message("bob", "m", [0, 1, 2, 254, 255]));

        await bob.Listener.HeadReached(new SignalOffset(2)).InTime("bob sees the message");
        var atAlice = (await alice.QueueAsync()).Single();
        var atBob = (await bob.QueueAsync())[1];
        var message = (MessageRecord)atBob.Record;
        Assert.Multiple(() =>
        {
            Assert.That(message.UserOffset, Is.EqualTo(((MessageRecord)atAlice.Record).UserOffset));
            Assert.That(message.Body.ToArray(), Is.EqualTo(new byte[] { 0, 1, 2, 254, 255 }));
            Assert.That(((MessageRecord)atAlice.Record).Body.ToArray(), Is.EqualTo(message.Body.ToArray()));
            Assert.That(message.Digest, Is.EqualTo(sent.Digest));
            Assert.That(message.Author, Is.EqualTo(new Party("alice", "phone")));
            Assert.That(message.Stream, Is.EqualTo(alice.Stream.Number));
            Assert.That(message.Sequence, Is.EqualTo(atAlice.Record.Sequence));
            Assert.That(atBob.Record.Entries[atBob.Place].UserName, Is.EqualTo("bob"));
            Assert.That(atBob.Record.Entries[atBob.Place].Offset, Is.EqualTo(atBob.Offset));
            Assert.That(atAlice.Record.Entries[atAlice.Place].UserName, Is.EqualTo("alice"));
        });
    }

    [Test]
    [Protocol("2.13", "2.17")]
    public async Task A_user_need_not_have_connected_to_be_written_to()
    {
        using var alice = await DeviceAsync("alice/phone");
        await alice.SendAsync("bob", "m");

        using var bob = await DeviceAsync("bob/phone");
        Assert.That(bob.Opening.Cursor, Is.EqualTo(SignalOffset.None));
        Assert.That(bob.Opening.Head, Is.EqualTo(new SignalOffset(1)));
        Assert.That(await bob.DescribeAsync(1), Is.EqualTo(new[] { "1 message alice/phone m #1 Sent" }));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(256 * 1024)]
    public async Task A_body_is_kept_byte_for_byte(int length)
    {
        var body = new byte[length];
        Seed.Random().NextBytes(body);
        using (var alice = await DeviceAsync("alice/phone"))
            await alice.VisibleAsync(alice.Message("bob", "m", body));
        await ReopenAsync();

        using var bob = await DeviceAsync("bob/phone");
        var message = (MessageRecord)(await bob.QueueAsync()).Single().Record;
        Assert.That(message.Body.Span.SequenceEqual(body), Is.True);
    }

    [Test]
    [Protocol("4.9")]
    public async Task A_message_is_recorded_at_the_servers_time()
    {
        using var alice = await DeviceAsync("alice/phone");
        time.Advance(TimeSpan.FromMilliseconds(4_321));
        var sent = await alice.SendAsync("bob", "m");

        Assert.That(sent.RecordedAt, Is.EqualTo(time.Milliseconds));
        Assert.That((await alice.QueueAsync())[0].Record.RecordedAt, Is.EqualTo(time.Milliseconds));
    }

    [Test]
    [Protocol("2.18", "4.42")]
    public async Task Users_devices_and_ids_are_compared_byte_by_byte()
    {
        const string Composed = "\u00e9", Decomposed = "e\u0301";
        using var lower = await DeviceAsync("alice/phone");
        using var upper = await DeviceAsync("Alice/phone");
        using var composed = await DeviceAsync($"{Composed}/Phone");
        using var decomposed = await DeviceAsync($"{Decomposed}/phone");
        foreach (var device in new[] { lower, upper, composed, decomposed })
        {
            foreach (var id in new[] { "m", "M", Composed, Decomposed, "m " })
                Assert.That((await device.SendAsync("bob", id)).Settlement, Is.EqualTo(Settlement.Recorded), id);
            Assert.That(device.Stream.Head, Is.EqualTo(new SignalOffset(5)), device.User);
        }

        using var other = await DeviceAsync($"{Composed}/phone");
        Assert.That(other.Opening.Cursor, Is.EqualTo(SignalOffset.None));
        Assert.That((await composed.SendAsync("bob", "not replaced")).Settlement, Is.EqualTo(Settlement.Recorded));
    }

    [Test]
    [Protocol("4.21", "4.23", "4.24")]
    public async Task A_note_to_oneself_takes_one_entry_and_has_no_receipts()
    {
        using var phone = await DeviceAsync("alice/phone");
        using var laptop = await DeviceAsync("alice/laptop");
        var note = await phone.SendAsync("alice", "n-1");
        Assert.That((note.SignalOffset.Value, note.UserOffset.Value), Is.EqualTo((1, 1)));
        await phone.SendAsync("alice", "n-2");

        var acknowledged = await laptop.AcknowledgeAsync(2);
        var read = await laptop.MarkReadAsync("alice", "n-2");
        Assert.Multiple(() =>
        {
            Assert.That(acknowledged.Cursor, Is.EqualTo(new SignalOffset(2)));
            Assert.That(read.Settlement, Is.EqualTo(Settlement.Recorded));
            Assert.That(read.SignalOffset, Is.EqualTo(SignalOffset.None));
            Assert.That(laptop.Stream.Head, Is.EqualTo(new SignalOffset(2)));
        });
        var entries = await laptop.QueueAsync();
        Assert.That(
            entries.Select(entry => ((MessageRecord)entry.Record).Id), Is.EqualTo(new[] { "n-1", "n-2" }));
        Assert.That(entries[0].Record.Entries, Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Work_is_settled_in_the_order_in_which_it_was_handed_over()
    {
        using var alice = await DeviceAsync("alice/phone");
        var handedOver = new List<Submission> { alice.Opening };
        for (var i = 0; i < 300; i++)
        {
            Submission work = (i % 5) switch
            {
                0 => new Acknowledge(alice.Stream, new SignalOffset(i / 2)),
                1 => alice.Message("bob", $"m-{i - 1}", "other"),
                2 => new MarkRead(alice.Stream, "bob", "none", UserOffset.None),
                _ => alice.Message("bob", $"m-{i}"),
            };
            handedOver.Add(await alice.HandOverAsync(work));
        }

        await alice.Listener.Visible(handedOver[^1]).InTime("everything is settled");
        var settled = alice.Listener.Heard.Where(heard => heard.Kind == HeardKind.Settled);
        Assert.That(settled.Select(heard => heard.Submission), Is.EqualTo(handedOver));
        Assert.That(handedOver.Select(work => work.Settlement), Has.None.EqualTo(Settlement.Pending));
    }
}
