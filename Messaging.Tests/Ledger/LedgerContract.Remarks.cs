using Messaging.Service.Ledger;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>Protocol §6: what was played, what could not be used; §8: a read that also acknowledges.</summary>
public abstract partial class LedgerContract
{
    [Test]
    [Protocol("6.37", "6.38")]
    public async Task The_first_play_tells_both_sides_also_of_a_message_that_was_read_already()
    {
        using var bob = await BobWithMessagesAsync(3);
        using var alice = await DeviceAsync("alice/phone");
        await bob.MarkReadAsync("alice", upTo: 3);
        var played = await PlayAsync(bob, "m-2");

        Assert.That(played.SignalOffset, Is.EqualTo(new SignalOffset(5)));
        Assert.That(played.Watermark, Is.EqualTo(new UserOffset(3)));
        Assert.That((await alice.DescribeAsync(5))[^1], Is.EqualTo("5 Played bob/phone #2 about m-2"));
        Assert.That((await bob.DescribeAsync(5))[^1], Is.EqualTo("5 Played bob/phone #2 about m-2"));
    }

    [Test]
    [Protocol("6.33")]
    public async Task A_play_reads_as_well()
    {
        using var bob = await BobWithMessagesAsync(2);
        using var alice = await DeviceAsync("alice/phone");
        var played = await PlayAsync(bob, "m-2");

        Assert.That(played.Watermark, Is.EqualTo(new UserOffset(2)));
        Assert.That(await alice.DescribeAsync(3), Is.EqualTo(new[]
        {
            "1 message alice/phone m-1 #1 Read",
            "2 message alice/phone m-2 #2 Read",
            "3 Played bob/phone #2 about m-2",
        }));
    }

    [Test]
    [Protocol("6.39")]
    public async Task Playing_again_is_recorded_and_tells_nobody_also_after_reopening()
    {
        using (var bob = await BobWithMessagesAsync(2))
            await PlayAsync(bob, "m-1");
        for (var i = 0; i < 2; i++)
        {
            await ReopenAsync();
            using var laptop = await DeviceAsync("bob/laptop");
            var again = await PlayAsync(laptop, "m-1");
            Assert.That(again.Settlement, Is.EqualTo(Settlement.Recorded));
            Assert.That(again.SignalOffset, Is.EqualTo(SignalOffset.None));
            Assert.That(laptop.Stream.Head, Is.EqualTo(new SignalOffset(3)));
        }
    }

    [Test]
    [Protocol("6.45", "6.46", "6.48")]
    public async Task A_message_that_cannot_be_used_is_reported_to_its_sender_once_per_user()
    {
        using (var bob = await BobWithMessagesAsync(2))
        {
            await bob.VisibleAsync(new ReportError(bob.Stream, "alice", "m-1", "invalid_argument: no key"));
            await bob.VisibleAsync(new ReportError(bob.Stream, "alice", "m-1", "said otherwise"));
        }

        await ReopenAsync();
        using var laptop = await DeviceAsync("bob/laptop");
        var again = await laptop.VisibleAsync(new ReportError(laptop.Stream, "alice", "m-1", "once more"));
        Assert.That(again.Settlement, Is.EqualTo(Settlement.Recorded));
        using var alice = await DeviceAsync("alice/phone");
        Assert.That(
            await alice.DescribeAsync(3, after: 2),
            Is.EqualTo(new[] { "3 Report bob/phone #1 about m-1: invalid_argument: no key" }));
        Assert.That(laptop.Stream.Head, Is.EqualTo(new SignalOffset(2)));
        Assert.That(laptop.Stream.Cursor, Is.EqualTo(SignalOffset.None), "a report acknowledges nothing");
    }

    [Test]
    [Protocol("6.47")]
    public async Task A_report_of_a_note_to_oneself_is_an_entry_that_no_answer_delivers()
    {
        using var phone = await DeviceAsync("alice/phone");
        await phone.SendAsync("alice", "note");
        await phone.VisibleAsync(new ReportError(phone.Stream, "alice", "note", "unusable"));

        Assert.That(
            await phone.DescribeAsync(2, after: 1),
            Is.EqualTo(new[] { "2 Report alice/phone #1 about note: unusable" }));
        Assert.That(phone.Stream.Cursor, Is.EqualTo(new SignalOffset(1)));
    }

    [Test]
    [Protocol("6.42")]
    public async Task A_report_must_name_a_message_that_the_peer_sent_in_this_conversation()
    {
        using var bob = await BobWithMessagesAsync(1);
        await bob.SendAsync("alice", "own");
        foreach (var (peer, id) in new[] { ("alice", "nothing"), ("alice", "own"), ("carol", "m-1") })
        {
            var report = await bob.VisibleAsync(new ReportError(bob.Stream, peer, id, "unusable"));
            Assert.That(report.Settlement, Is.EqualTo(Settlement.NotFound), id);
        }
    }

    [Test]
    [Protocol("8.7")]
    public async Task A_read_that_also_acknowledges_does_both()
    {
        using var bob = await BobWithMessagesAsync(3);
        using var alice = await DeviceAsync("alice/phone");
        await bob.VisibleAsync(new MarkRead(
            bob.Stream, "alice", "m-1", UserOffset.None, acknowledge: new SignalOffset(3)));

        Assert.That((await alice.DescribeAsync(5)).Skip(3), Is.EqualTo(new[]
        {
            "4 Read bob/phone #1 about m-1",
            "5 Received bob/phone #3 about m-3",
        }));
        Assert.That(bob.Stream.Cursor, Is.EqualTo(new SignalOffset(4)), "its own entry follows the acknowledged ones");
    }

    [Test]
    [Protocol("8.7", "8.8", "8.9")]
    public async Task A_read_whose_acknowledgement_is_past_the_head_does_neither()
    {
        using var bob = await BobWithMessagesAsync(2);
        var ahead = await bob.VisibleAsync(new MarkRead(
            bob.Stream, "alice", "m-1", UserOffset.None, acknowledge: new SignalOffset(3)));
        var notFound = await bob.VisibleAsync(new MarkRead(
            bob.Stream, "alice", "nothing", UserOffset.None, acknowledge: new SignalOffset(2)));

        Assert.That(ahead.Settlement, Is.EqualTo(Settlement.OutOfRange));
        Assert.That(notFound.Settlement, Is.EqualTo(Settlement.NotFound));
        Assert.That(bob.Stream.Cursor, Is.EqualTo(SignalOffset.None));
        Assert.That(await bob.DescribeAsync(2), Has.All.EndsWith("Sent"));
    }

    private static Task<MarkRead> PlayAsync(LedgerDevice device, string id) =>
        device.VisibleAsync(new MarkRead(device.Stream, "alice", id, UserOffset.None, isPlayed: true));
}
