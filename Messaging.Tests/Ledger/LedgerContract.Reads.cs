using Messaging.Service.Ledger;
using Messaging.Tests.Protocol;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>Protocol §6: the watermark of <c>read</c>.</summary>
public abstract partial class LedgerContract
{
    [Test]
    [Protocol("1.4", "6.7", "6.10", "6.28", "6.29")]
    public async Task Reading_a_message_by_its_id_tells_the_sender_and_the_readers_other_devices()
    {
        using var bob = await BobWithMessagesAsync(3);
        using var alice = await DeviceAsync("alice/phone");
        var read = await bob.MarkReadAsync("alice", "m-2");

        Assert.Multiple(() =>
        {
            Assert.That(read.Settlement, Is.EqualTo(Settlement.Recorded));
            Assert.That(read.Watermark, Is.EqualTo(new UserOffset(2)));
            Assert.That(read.SignalOffset, Is.EqualTo(new SignalOffset(4)));
        });
        Assert.That((await alice.DescribeAsync(4))[^1], Is.EqualTo("4 Read bob/phone #2 about m-2"));
        Assert.That((await bob.DescribeAsync(4))[^1], Is.EqualTo("4 Read bob/phone #2 about m-2"));
    }

    [Test]
    [Protocol("6.10", "6.22", "6.29")]
    public async Task Reading_up_to_an_offset_names_the_last_message_of_others()
    {
        using var bob = await BobWithMessagesAsync(2);
        using var alice = await DeviceAsync("alice/phone");
        await bob.SendAsync("alice", "own-3");
        await alice.SendAsync("bob", "m-4");
        var read = await bob.MarkReadAsync("alice", upTo: 3);

        Assert.That(read.Watermark, Is.EqualTo(new UserOffset(3)));
        Assert.That((await bob.DescribeAsync(5))[^1], Is.EqualTo("5 Read bob/phone #3 about m-2"));
        Assert.That((await alice.DescribeAsync(5))[^1], Is.EqualTo("5 Read bob/phone #3 about m-2"));
    }

    [Test]
    [Protocol("6.10", "6.29")]
    public async Task Where_a_read_gives_both_the_offset_counts_and_the_reader_is_told_of_the_id()
    {
        using var bob = await BobWithMessagesAsync(3);
        using var alice = await DeviceAsync("alice/phone");
        var read = await bob.MarkReadAsync("alice", "m-1", upTo: 3);

        Assert.That(read.Watermark, Is.EqualTo(new UserOffset(3)));
        Assert.That((await bob.DescribeAsync(4))[^1], Is.EqualTo("4 Read bob/phone #3 about m-1"));
        Assert.That((await alice.DescribeAsync(4))[^1], Is.EqualTo("4 Read bob/phone #3 about m-3"));
    }

    [Test]
    [Protocol("6.8", "6.9")]
    public async Task A_read_must_name_a_message_that_the_peer_sent_in_this_conversation()
    {
        using var bob = await BobWithMessagesAsync(1);
        using var alice = await DeviceAsync("alice/phone");
        using var carol = await DeviceAsync("carol/phone");
        await bob.SendAsync("alice", "of bob himself");
        await alice.SendAsync("carol", "of another conversation");
        await carol.SendAsync("bob", "of another peer");

        foreach (var id in new[] { "nothing", "of bob himself", "of another conversation", "of another peer" })
        {
            foreach (var upTo in new[] { 0, 1 })
            {
                var read = await bob.MarkReadAsync("alice", id, upTo);
                Assert.That(read.Settlement, Is.EqualTo(Settlement.NotFound), id);
                Assert.That(read.SignalOffset, Is.EqualTo(SignalOffset.None), id);
            }
        }

        Assert.That((await bob.MarkReadAsync("nobody", "m-1")).Settlement, Is.EqualTo(Settlement.NotFound));
        Assert.That(bob.Stream.Head, Is.EqualTo(new SignalOffset(3)));
    }

    [Test]
    [Protocol("6.12")]
    public async Task A_read_past_the_timelines_head_is_out_of_range_and_changes_nothing()
    {
        using var bob = await BobWithMessagesAsync(2);
        Assert.That((await bob.MarkReadAsync("alice", upTo: 3)).Settlement, Is.EqualTo(Settlement.OutOfRange));
        Assert.That((await bob.MarkReadAsync("alice", "m-1", 3)).Settlement, Is.EqualTo(Settlement.OutOfRange));
        Assert.That((await bob.MarkReadAsync("nobody", upTo: 1)).Settlement, Is.EqualTo(Settlement.OutOfRange));

        Assert.That(bob.Stream.Head, Is.EqualTo(new SignalOffset(2)));
        using var alice = await DeviceAsync("alice/phone");
        Assert.That((await alice.DescribeAsync(2))[0], Does.EndWith("Sent"));
    }

    [Test]
    [Protocol("6.14", "6.15")]
    public async Task Reading_less_than_before_changes_nothing()
    {
        using var bob = await BobWithMessagesAsync(3);
        await bob.MarkReadAsync("alice", upTo: 2);
        foreach (var again in new[]
        {
            await bob.MarkReadAsync("alice", "m-1"),
            await bob.MarkReadAsync("alice", upTo: 1),
            await bob.MarkReadAsync("alice", "m-3", upTo: 2),
        })
        {
            Assert.That(again.Settlement, Is.EqualTo(Settlement.Recorded));
            Assert.That(again.Watermark, Is.EqualTo(new UserOffset(2)));
            Assert.That(again.SignalOffset, Is.EqualTo(SignalOffset.None));
        }

        Assert.That(bob.Stream.Head, Is.EqualTo(new SignalOffset(4)));
    }

    [Test]
    [Protocol("6.18")]
    public async Task A_read_that_newly_covers_no_message_of_others_moves_nothing()
    {
        using var bob = await BobWithMessagesAsync(1);
        await bob.MarkReadAsync("alice", upTo: 1);
        await bob.SendAsync("alice", "own-2");
        var again = await bob.MarkReadAsync("alice", upTo: 2);

        Assert.That(again.Settlement, Is.EqualTo(Settlement.Recorded));
        Assert.That(again.SignalOffset, Is.EqualTo(SignalOffset.None));
        Assert.That(bob.Stream.Head, Is.EqualTo(new SignalOffset(3)));
    }

    [Test]
    [Protocol("6.13", "6.19")]
    public async Task Reading_implies_received_and_acknowledging_afterwards_tells_nobody()
    {
        using var bob = await BobWithMessagesAsync(3);
        using var alice = await DeviceAsync("alice/phone");
        await bob.MarkReadAsync("alice", "m-2");
        Assert.That((await alice.DescribeAsync(4)).Take(3), Is.EqualTo(new[]
        {
            "1 message alice/phone m-1 #1 Read",
            "2 message alice/phone m-2 #2 Read",
            "3 message alice/phone m-3 #3 Sent",
        }));

        await bob.AcknowledgeAsync(2);
        Assert.That(alice.Stream.Head, Is.EqualTo(new SignalOffset(4)));
        await bob.AcknowledgeAsync(3);
        Assert.That((await alice.DescribeAsync(5))[^1], Is.EqualTo("5 Received bob/phone #3 about m-3"));
    }

    [Test]
    [Protocol("6.14", "6.16")]
    public async Task A_watermark_of_read_outlives_the_ledgers_process()
    {
        using (var bob = await BobWithMessagesAsync(3))
            await bob.MarkReadAsync("alice", "m-2");
        await ReopenAsync();

        using var laptop = await DeviceAsync("bob/laptop");
        var again = await laptop.MarkReadAsync("alice", "m-1");
        Assert.That(again.Watermark, Is.EqualTo(new UserOffset(2)));
        Assert.That(again.SignalOffset, Is.EqualTo(SignalOffset.None));
        using var alice = await DeviceAsync("alice/phone");
        Assert.That((await alice.DescribeAsync(4))[1], Is.EqualTo("2 message alice/phone m-2 #2 Read"));
    }
}
