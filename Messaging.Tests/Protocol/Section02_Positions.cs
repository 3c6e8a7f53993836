using Messaging.Tests.Support;
using Messaging.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §2: position signals, on a clock that only the test moves.</summary>
[TestFixture]
public sealed class Section02_Positions : ProtocolTests
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider time = new();

    private protected override void Configure(WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<TimeProvider>(time);

    [Test]
    [Protocol("2.27", "2.36", "2.40")]
    public async Task While_nothing_else_goes_down_a_position_signal_does()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        Assert.That(alice.Headers.GetValue("messaging-heartbeat"), Is.EqualTo("30"));

        time.Advance(Heartbeat - TimeSpan.FromMilliseconds(1));
        Assert.That(await SoFarAsync(alice, behind: 2), Is.Empty, "it is not due yet");
        time.Advance(Heartbeat - TimeSpan.FromMilliseconds(1));
        Assert.That(await SoFarAsync(alice, behind: 3), Is.Empty, "something else has gone down since");
        time.Advance(Heartbeat);
        await alice.Until("a heartbeat", () => alice.Frames.Count > 4);
        Assert.That(alice.Frames[4].Signal, Is.EqualTo(Position(1)));
    }

    [Test]
    [Protocol("2.40")]
    public async Task A_heartbeat_says_the_lower_of_the_cursor_and_the_last_offset_sent()
    {
        await AliceWritesAsync(5);
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "2"));
        await bob.MessagesAsync(2);
        Assert.That(await BeatAsync(bob), Is.EqualTo(Position(0)), "the cursor is lower");
        await bob.AcknowledgeAsync(1);
        await bob.MessagesAsync(3);
        Assert.That(await BeatAsync(bob), Is.EqualTo(Position(1)));
        await bob.AcknowledgeAsync(5);
        Assert.That(await BeatAsync(bob), Is.EqualTo(Position(5)), "what it says it has counts as sent");
        await DisconnectAsync(bob);

        bob = await ConnectAsync("bob/phone");
        Assert.That(await BeatAsync(bob), Is.EqualTo(Position(5)), "nothing was sent: the stream's start");
    }

    [Test]
    [Protocol("2.38", "2.41", "5.39", "5.42")]
    public async Task After_a_re_read_a_heartbeat_carries_nobody_over_what_was_asked_for()
    {
        await AliceWritesAsync(5);
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "1"));
        await bob.MessagesAsync(1);
        await bob.AcknowledgeAsync(5);

        Assert.That(await bob.RereadAsync(2), Is.EqualTo(Position(2, "question-2")));
        Assert.That((await bob.MessagesAsync(2))[1].SignalOffset, Is.EqualTo(3));
        Assert.That(await BeatAsync(bob), Is.EqualTo(Position(3)), "the cursor is 5, but 4 and 5 are still to come");
        Assert.That((await bob.AcknowledgeAsync(3)).SignalOffset, Is.EqualTo(5));
        await bob.MessagesAsync(3);
        Assert.That(await BeatAsync(bob), Is.EqualTo(Position(4)));
    }

    [Test]
    [Protocol("2.43")]
    public async Task Heartbeats_take_no_place_in_the_window_and_do_not_wait_for_it()
    {
        await AliceWritesAsync(2);
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "1"));
        await bob.MessagesAsync(1);
        for (var i = 0; i < 3; i++)
            await BeatAsync(bob);
        await bob.AcknowledgeAsync(1);
        Assert.That((await bob.MessagesAsync(2))[1].Id, Is.EqualTo("m-2"));
    }

    [Test]
    [Protocol("2.39", "2.43")]
    public async Task Offsets_that_hold_nothing_are_accounted_for_before_the_next_entry()
    {
        await AliceWritesAsync(4);
        await ExpireAsync("m-1", "m-2", "m-4");
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "1"));
        Assert.That((await bob.MessagesAsync(1))[0].Id, Is.EqualTo("m-3"));
        await bob.UpAsync(Up(Received(3)));
        await bob.Until("the end of the queue", () => bob.Position == 4);

        Assert.That(bob.Frames.Select(frame => frame.Message?.Id ?? $"position {frame.Signal.SignalOffset}"), Is.EqualTo(
            new[] { "position 0", "position 2", "m-3", "position 4" }));
    }

    [Test]
    [Protocol("2.44")]
    public async Task Offsets_that_hold_nothing_need_no_acknowledgement_where_they_are_next_in_line()
    {
        await AliceWritesAsync(3);
        await ExpireAsync("m-1", "m-3");
        var bob = await ConnectAsync("bob/phone");
        await bob.Until("the end of the queue", () => bob.Position == 3);
        await Wait.Eventually("the cursor passes 1", async () => (await bob.AcknowledgeAsync(0)).SignalOffset == 1);
        Assert.That((await bob.AcknowledgeAsync(2)).SignalOffset, Is.EqualTo(3), "3 holds nothing either");
    }

    /// <summary>The heartbeat that comes next; whatever went down before has been read.</summary>
    private async Task<Signal> BeatAsync(ProbeDevice device)
    {
        await SoFarAsync(device);
        var before = device.Frames.Count;

        // The answer may be on its way up to the loop that resets the clock: one beat at the latest with the second.
        time.Advance(Heartbeat);
        await Wait.Eventually("a heartbeat", () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return device.Frames.Count > before;
        });
        return device.Frames[before].Signal;
    }

    [Test]
    [Protocol("6.6")]
    public async Task Passing_over_what_has_expired_makes_nothing_received()
    {
        await AliceWritesAsync(2);
        await ExpireAsync("m-1", "m-2");
        var bob = await ConnectAsync("bob/phone");
        await bob.Until("the position signal over both", () => bob.Frames.Any(frame => frame.Signal?.SignalOffset == 2));
        await Wait.Eventually("the cursor moves", async () => (await bob.AcknowledgeAsync(0)).SignalOffset == 2);
        await bob.DisposeAsync();

        bob = await ConnectAsync("bob/phone");
        Assert.That(bob.Frames[0], Is.EqualTo(Up(Position(2))), "the cursor has moved");
        var tablet = await ConnectAsync("alice/tablet");
        Assert.That((await SoFarAsync(tablet)).Where(frame => frame.Signal?.SignalAckState?.Received == true), Is.Empty);
    }
}
