using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §5: the window, and what is pulled or pushed through it.</summary>
[TestFixture]
public sealed class Section05_Window : ProtocolTests
{
    [Test]
    [Protocol("5.1", "5.2")]
    public async Task A_device_that_never_acknowledges_gets_what_the_window_holds_and_everyone_else_goes_on()
    {
        var deaf = await ConnectAsync("bob/deaf");
        var ready = await ConnectReadyAsync("bob/phone");
        await AliceWritesAsync(200);
        await ready.MessagesAsync(200);
        await deaf.MessagesAsync(64);

        Assert.That(deaf.Messages.Select(message => message.SignalOffset), Is.EqualTo(Enumerable.Range(1, 64)));
        Assert.That((await deaf.SendAsync("carol", "m")).SignalOffset, Is.EqualTo(201), "it may still send");
        Assert.That(await SoFarAsync(deaf, behind: 1), Has.Count.EqualTo(65), "64 entries and an answer");
        await DisconnectAsync(deaf);
        Assert.That((await ConnectAsync("bob/deaf")).Frames[0].Signal, Is.EqualTo(Position(0)), "all of it waits for it");
    }

    [Test]
    [Protocol("5.1", "5.2", "5.11")]
    public async Task A_slow_device_gets_everything_in_order_and_never_more_than_the_window()
    {
        const int Count = 150, Window = 7;
        var random = Seed.Random();
        var bob = await ConnectAsync("bob/phone", ("messaging-window", $"{Window}"));
        var writing = AliceWritesAsync(Count);

        // The probe refuses whatever is in flight beyond the window.
        for (var acknowledged = 0; acknowledged < Count;)
        {
            await bob.Until("something to acknowledge", () => bob.Messages.Count > acknowledged);
            acknowledged = random.Next(acknowledged, bob.Messages.Count) + 1;
            await bob.AcknowledgeAsync(acknowledged);
        }

        await writing;
        Assert.That(bob.Messages.Select(message => message.SignalOffset), Is.EqualTo(Enumerable.Range(1, Count)));
        Assert.That(bob.Messages.Select(message => message.UserOffset), Is.EqualTo(Enumerable.Range(1, Count)));
    }

    [Test]
    [Protocol("5.2")]
    public async Task A_megabyte_may_be_in_flight()
    {
        var alice = await ConnectAsync("alice/phone");
        var text = new string('x', 200 * 1024);
        for (var i = 1; i <= 11; i++)
            await alice.SendAsync("bob", $"m-{i}", text);
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(5);
        Assert.That(await SoFarAsync(bob, behind: 1), Has.Count.EqualTo(5), "a sixth would be more than 1 MiB");
        await bob.AcknowledgeAsync(2);
        await bob.MessagesAsync(7);
        Assert.That((await SoFarAsync(bob, behind: 1)).Count(frame => frame.Message is not null), Is.EqualTo(7));
    }

    [Test]
    [Protocol("5.4", "5.5", "5.6")]
    public async Task What_waited_is_pulled_and_what_finds_the_device_caught_up_is_pushed()
    {
        var alice = await AliceWritesAsync(2);
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "2"));
        await bob.MessagesAsync(2);
        await bob.AcknowledgeAsync(2);
        for (var i = 3; i <= 6; i++)
            await alice.SendAsync("bob", $"m-{i}");
        await bob.MessagesAsync(4);
        await SoFarAsync(bob);
        await bob.AcknowledgeAsync(3);
        await bob.MessagesAsync(5);
        await bob.AcknowledgeAsync(6);
        await alice.SendAsync("bob", "m-7");
        await bob.MessagesAsync(6);
        await bob.AskAsync(Reread(6));

        const SignalRequest Pull = SignalRequest.Pull, Push = SignalRequest.Push;
        Assert.That((await bob.MessagesAsync(7)).Select(message => (message.SignalOffset, message.SignalRequest)), Is.EqualTo(
            new[] { (1, Pull), (2, Pull), (3, Push), (4, Push), (5, Pull), (7, Push), (7, Pull) }));
    }

    [Test]
    [Protocol("5.7", "5.4", "5.16")]
    public async Task A_window_of_one_is_the_exchange_of_one_by_one()
    {
        var alice = await AliceWritesAsync(3);
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "1"));
        for (var i = 1; i <= 3; i++)
        {
            var message = (await bob.MessagesAsync(i))[i - 1];
            Assert.That((message.SignalOffset, message.SignalRequest), Is.EqualTo((i, SignalRequest.Pull)));
            Assert.That((await SoFarAsync(bob)).Count(frame => frame.Message is not null), Is.EqualTo(i));
            await bob.AcknowledgeAsync(i);
        }

        await alice.SendAsync("bob", "live");
        Assert.That((await bob.MessagesAsync(4))[3].SignalRequest, Is.EqualTo(SignalRequest.Push));
    }

    [Test]
    [Protocol("5.9")]
    public async Task A_message_shows_how_far_it_has_come_with_its_receiver()
    {
        var alice = await AliceWritesAsync(3);
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(3);
        await bob.AcknowledgeAsync(2);
        await bob.AskAsync(Read("alice", "m-1"));

        var (sent, received, read) = (State(false, false), State(true, false), State(true, true));
        foreach (var name in new[] { "alice/laptop", "bob/laptop" })
        {
            var messages = await (await ConnectAsync(name)).MessagesAsync(3);
            Assert.That(messages.Select(message => message.SignalAckState), Is.EqualTo(new[] { read, received, sent }), name);
        }

        static SignalAckState State(bool received, bool read) => new() { Send = true, Received = received, Read = read };
    }

    [Test]
    [Protocol("5.10")]
    public async Task Receipts_keep_to_the_window_as_messages_do_and_say_nothing_of_pull_and_push()
    {
        var alice = await ConnectAsync("alice/phone", ("messaging-window", "2"));
        foreach (var peer in new[] { "bob", "carol", "dave" })
        {
            await alice.SendAsync(peer, $"to-{peer}");
            var device = await ConnectAsync($"{peer}/phone");
            await device.MessagesAsync(1);
            await device.AcknowledgeAsync(1);
        }

        await alice.ReceiptsAsync(2);
        await SoFarAsync(alice);
        Assert.That(alice.Receipts, Has.Count.EqualTo(2), "the window is shut");
        await alice.AcknowledgeAsync(alice.Receipts[0].SignalOffset);
        await alice.ReceiptsAsync(3);
        Assert.That(Signal.Descriptor.FindFieldByName("signal_request"), Is.Null, "no signal has such a field");
    }
}

/// <summary>Protocol §5, with a window so small in bytes that most messages are larger.</summary>
[TestFixture]
public sealed class Section05_SmallWindow : ProtocolTests
{
    private protected override string[] Settings => ["--Messaging:Delivery:WindowBytes=1024"];

    [Test]
    [Protocol("5.3")]
    public async Task One_entry_may_always_go_however_large()
    {
        var alice = await ConnectAsync("alice/phone");
        foreach (var size in new[] { 100_000, 10, 10, 262_144, 10 })
            await alice.SendAsync("bob", $"m-{size}-{Guid.NewGuid()}", new string('x', size));
        var bob = await ConnectAsync("bob/phone");

        foreach (var (got, acknowledged) in new[] { (1, 1), (3, 3), (4, 4), (5, 5) })
        {
            await bob.MessagesAsync(got);
            Assert.That((await SoFarAsync(bob)).Count(frame => frame.Message is not null), Is.EqualTo(got));
            await bob.AcknowledgeAsync(acknowledged);
        }
    }
}
