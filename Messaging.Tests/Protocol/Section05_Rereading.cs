using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §5: delivering again.</summary>
[TestFixture]
public sealed class Section05_Rereading : ProtocolTests
{
    [Test]
    [Protocol("5.37", "5.39", "5.42", "5.46")]
    public async Task A_device_that_lost_its_state_gets_everything_again_its_own_entries_too()
    {
        var alice = await AliceWritesAsync(1);
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(1);
        await bob.SendAsync("alice", "own-2");
        await bob.AskAsync(Read("alice", "m-1"));
        await alice.SendAsync("bob", "m-4");
        await bob.MessagesAsync(2);
        await bob.AcknowledgeAsync(4);
        var before = bob.Frames.Count;

        Assert.That(await bob.AskAsync(Reread(0, "again")), Is.EqualTo(Position(0, "again")));
        await bob.Until("everything", () => bob.Frames.Count == before + 5);
        var again = bob.Frames.Skip(before + 1).ToList();
        Assert.That(again.Select(frame => frame.Message?.SignalOffset ?? frame.Signal.SignalOffset), Is.EqualTo(new[] { 1, 2, 3, 4 }));
        Assert.That(again[1].Message.SignalType, Is.EqualTo(SignalType.Sender));
        Assert.That((again[2].Signal.SignalType, again[2].Signal.SignalAckState.Read), Is.EqualTo((SignalType.Sender, true)));
        Assert.That((await bob.AcknowledgeAsync(0)).SignalOffset, Is.EqualTo(4), "the cursor has not moved back");
    }

    [TestCase(0)]
    [TestCase(2)]
    [TestCase(4)]
    [TestCase(5)]
    [Protocol("5.37", "5.39")]
    public async Task Delivery_goes_on_behind_the_offset_that_was_asked_for(int after)
    {
        await AliceWritesAsync(5);
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(5);
        var before = bob.Frames.Count;

        // Without an id it is answered too.
        await bob.UpAsync(Up(Reread(after)));
        await bob.Until("the answer and what follows", () => bob.Frames.Count == before + 1 + 5 - after);
        Assert.That(bob.Frames[before].Signal, Is.EqualTo(Position(after)));
        Assert.That(
            bob.Messages.Skip(5).Select(message => message.SignalOffset), Is.EqualTo(Enumerable.Range(after + 1, 5 - after)));
    }

    [Test]
    [Protocol("5.40")]
    public async Task Where_the_oldest_are_gone_the_answer_says_where_the_rest_begins()
    {
        await AliceWritesAsync(4);
        await ExpireAsync("m-1", "m-2");
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(2);
        Assert.That((await bob.AskAsync(Reread(3, "newer"))).SignalOffset, Is.EqualTo(3));
        Assert.That((await bob.AskAsync(Reread(0, "older"))).SignalOffset, Is.EqualTo(2));
    }

    [Test]
    [Protocol("5.41", "9.12")]
    public async Task A_re_read_past_the_head_is_an_error_and_moves_nothing()
    {
        await AliceWritesAsync(2);
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "1"));
        await bob.MessagesAsync(1);
        foreach (var after in new[] { 3, int.MaxValue })
        {
            var answer = await bob.AskAsync(Reread(after, $"r-{after}"));
            Assert.That((answer.Type, Code(answer), answer.SignalOffset), Is.EqualTo((SignalKind.Error, "out_of_range", 0)));
        }

        await bob.AcknowledgeAsync(1);
        Assert.That((await bob.MessagesAsync(2))[1].SignalOffset, Is.EqualTo(2));
    }

    [Test]
    [Protocol("5.43", "5.44")]
    public async Task What_is_sent_again_counts_again_until_it_is_acknowledged_again()
    {
        await AliceWritesAsync(6);
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "2"));
        await bob.MessagesAsync(2);
        await bob.AskAsync(Reread(0, "in flight"));
        await bob.MessagesAsync(4);
        await bob.AcknowledgeAsync(6);
        await bob.AskAsync(Reread(0, "acknowledged"));

        for (var sent = 2; sent <= 6; sent += 2)
        {
            await bob.MessagesAsync(4 + sent);
            await SoFarAsync(bob);
            Assert.That(bob.Messages, Has.Count.EqualTo(4 + sent), "the window is shut again");
            await bob.AcknowledgeAsync(sent);
        }

        Assert.That(
            bob.Messages.Select(message => message.SignalOffset), Is.EqualTo(new[] { 1, 2, 1, 2, 1, 2, 3, 4, 5, 6 }));
    }

    [Test]
    [Protocol("5.44")]
    public async Task An_acknowledgement_up_to_the_cursor_skips_nothing_that_is_to_be_sent_again()
    {
        const int Count = 6;
        await AliceWritesAsync(Count);
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "1"));
        await bob.MessagesAsync(1);
        await bob.AcknowledgeAsync(Count);
        await bob.AskAsync(Reread(0, "again"));
        await bob.MessagesAsync(2);
        await bob.UpAsync(Up(Received(4)));
        await bob.MessagesAsync(3);
        Assert.That(bob.Messages.Skip(1).Select(message => message.SignalOffset), Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    [Protocol("5.44")]
    public async Task That_goes_for_frames_in_flight_too([Range(1, 20)] int round)
    {
        const int Count = 6;
        await AliceWritesAsync(Count);
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "1"));
        await bob.MessagesAsync(1);

        // The second acknowledgement is at or before the cursor: the first, ahead of it, has moved that.
        await bob.UpAsync(Up(Received(Count)));
        await bob.UpAsync(Up(Reread(0, $"again-{round}")));
        await bob.UpAsync(Up(Received(4)));
        await bob.MessagesAsync(2);
        Assert.That(bob.Messages[1].SignalOffset, Is.EqualTo(1));
    }

    [Test]
    [Protocol("5.45")]
    public async Task An_acknowledgement_past_the_cursor_skips_what_the_device_says_it_has()
    {
        await AliceWritesAsync(6);
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "1"));
        await bob.MessagesAsync(1);
        await bob.AcknowledgeAsync(3);
        await bob.MessagesAsync(2);
        await bob.AskAsync(Reread(0, "again"));
        await bob.MessagesAsync(3);
        await bob.AcknowledgeAsync(5);
        Assert.That(
            (await bob.MessagesAsync(4)).Select(message => message.SignalOffset), Is.EqualTo(new[] { 1, 4, 1, 6 }));
    }
}
