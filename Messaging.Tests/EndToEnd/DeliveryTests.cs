using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.EndToEnd;

/// <summary>Protocol §5: the window, pull and push, acknowledging, reading again.</summary>
[TestFixture]
public sealed class DeliveryTests : ServerTests
{
    [TestCase("1")]
    [TestCase("3")]
    [TestCase("64")]
    public async Task What_waited_is_pulled_and_what_comes_live_is_pushed(string window)
    {
        var alice = await ConnectAsync("alice/phone");
        for (var i = 1; i <= 5; i++)
            await alice.SendAsync("bob", $"m-{i}");
        var bob = await ConnectReadyAsync("bob/phone", ("messaging-window", window));
        var waited = await bob.MessagesAsync(5);
        Assert.That(waited.Select(message => message.SignalRequest), Is.All.EqualTo(SignalRequest.Pull));
        Assert.That(waited.Select(message => message.SignalOffset), Is.EqualTo(new[] { 1, 2, 3, 4, 5 }));

        // The answer says that the acknowledgement of the last has been taken: the device is caught up.
        await bob.AcknowledgeAsync(5);
        await alice.SendAsync("bob", "m-6");
        Assert.That((await bob.MessagesAsync(6))[5].SignalRequest, Is.EqualTo(SignalRequest.Push));
    }

    [Test]
    public async Task With_a_window_of_one_each_acknowledgement_fetches_the_next()
    {
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "1"));
        for (var i = 1; i <= 3; i++)
            await alice.SendAsync("bob", $"m-{i}");

        for (var i = 1; i <= 3; i++)
        {
            var messages = await bob.MessagesAsync(i);
            Assert.That(messages, Has.Count.EqualTo(i), "nothing comes before the acknowledgement");
            Assert.That(
                messages[i - 1].SignalRequest, Is.EqualTo(i == 1 ? SignalRequest.Push : SignalRequest.Pull));
            await bob.AcknowledgeAsync(i);
        }
    }

    [Test]
    public async Task A_shut_window_holds_back_entries_but_no_answers()
    {
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "2"));
        for (var i = 1; i <= 10; i++)
            await alice.SendAsync("bob", $"m-{i}");
        await bob.MessagesAsync(2);
        var answer = await bob.SendAsync("alice", "own");

        Assert.That(answer.SignalOffset, Is.EqualTo(11), "it comes ahead of the entries that wait");
        Assert.That(bob.Messages, Has.Count.EqualTo(2));
        for (var next = 2; next <= 10; next += 2)
            await AcknowledgeAndTakeAsync(next, Math.Min(next + 2, 10));
        Assert.That(bob.Position, Is.EqualTo(11), "the answer counts when the queue gets there");
        Assert.That((await bob.AcknowledgeAsync(11)).SignalOffset, Is.EqualTo(11));

        async Task AcknowledgeAndTakeAsync(int upTo, int expected)
        {
            await bob.AcknowledgeAsync(upTo);
            await bob.MessagesAsync(expected);
        }
    }

    [TestCase("1")]
    [TestCase("7")]
    [TestCase("64")]
    public async Task A_device_that_was_away_gets_two_thousand_messages_in_order(string window)
    {
        const int Count = 2_000;
        var alice = await ConnectAsync("alice/phone");
        for (var i = 0; i < Count; i++)
            await alice.UpAsync(new Frame { Message = ProbeDevice.Text("bob", $"m-{i}") });
        await alice.Until("all answers", () => alice.Frames.Count == Count + 1);

        var bob = await ConnectReadyAsync("bob/phone", ("messaging-window", window));
        var messages = await bob.MessagesAsync(Count);
        Assert.That(messages.Select(message => message.Id), Is.EqualTo(Enumerable.Range(0, Count).Select(i => $"m-{i}")));
        Assert.That(messages.Select(message => message.UserOffset), Is.EqualTo(Enumerable.Range(1, Count)));
    }

    [Test]
    public async Task Only_an_acknowledgement_with_an_id_is_answered()
    {
        var bob = await BobWithMessagesAsync(3);
        await bob.MessagesAsync(3);
        await bob.UpAsync(Acknowledgement(1));
        var answer = await bob.AskAsync(new Signal
        {
            Id = "a",
            SignalOffset = 2,
            SignalAckState = new SignalAckState { Received = true },
        });

        Assert.That(answer, Is.EqualTo(new Signal
        {
            Id = "a",
            SignalOffset = 2,
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalAckState = new SignalAckState { Received = true },
            SignalOffsetState = true,
        }));
        Assert.That(bob.Frames, Has.Count.EqualTo(5), "a position, three messages, one answer");
    }

    [Test]
    public async Task Acknowledging_at_or_before_the_cursor_is_answered_with_the_cursor()
    {
        var bob = await BobWithMessagesAsync(3);
        await bob.MessagesAsync(3);
        await bob.AcknowledgeAsync(2);
        foreach (var upTo in new[] { 2, 1, 0 })
        {
            var answer = await bob.AcknowledgeAsync(upTo);
            Assert.That((answer.SignalOffsetState, answer.SignalOffset), Is.EqualTo((true, 2)));
        }
    }

    [Test]
    public async Task Acknowledging_past_the_head_is_refused_with_or_without_an_id()
    {
        Server.ExpectAlarm("past the head");
        var bob = await BobWithMessagesAsync(3);
        await bob.MessagesAsync(3);
        await bob.AcknowledgeAsync(1);
        var answer = await bob.AcknowledgeAsync(4);
        Assert.Multiple(() =>
        {
            Assert.That(answer.Type, Is.EqualTo(SignalKind.Response));
            Assert.That((answer.SignalOffsetState, answer.SignalOffset), Is.EqualTo((false, 1)));
            Assert.That(answer.Error, Does.StartWith("out_of_range: "));
        });

        var before = bob.Frames.Count;
        await bob.UpAsync(Acknowledgement(int.MaxValue));
        await bob.Until("a refusal", () => bob.Frames.Count > before);
        Assert.That(bob.Frames[before].Signal.Error, Does.StartWith("out_of_range: "));
        Assert.That((await bob.AcknowledgeAsync(3)).SignalOffset, Is.EqualTo(3));
    }

    [Test]
    public async Task A_negative_offset_is_an_error()
    {
        var bob = await BobWithMessagesAsync(1);
        foreach (var signal in new[]
        {
            Acknowledgement(-1).Signal,
            new Signal { Type = SignalKind.Request, SignalOffset = -1 },
            new Signal { To = new Identity { User = "alice" }, UserOffset = -1, SignalAckState = new SignalAckState { Read = true } },
        })
        {
            var answer = await bob.AskAsync(signal);
            Assert.That(answer.Type, Is.EqualTo(SignalKind.Error), signal.ToString());
            Assert.That(answer.Error, Does.StartWith("invalid_argument: "));
        }
    }

    [Test]
    public async Task An_acknowledgement_may_skip_what_was_not_sent_yet()
    {
        var alice = await ConnectAsync("alice/phone");
        for (var i = 1; i <= 5; i++)
            await alice.SendAsync("bob", $"m-{i}");
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "1"));
        await bob.MessagesAsync(1);
        await bob.AcknowledgeAsync(4);

        Assert.That((await bob.MessagesAsync(2)).Select(message => message.Id), Is.EqualTo(new[] { "m-1", "m-5" }));
        var receipt = (await alice.ReceiptsAsync(1))[^1];
        Assert.That((receipt.Id, receipt.UserOffset), Is.EqualTo(("m-4", 4)));
    }

    [Test]
    [Protocol("5.4", "5.5")]
    public async Task A_device_that_skips_to_the_head_is_caught_up()
    {
        var alice = await ConnectAsync("alice/phone");
        for (var i = 1; i <= 3; i++)
            await alice.SendAsync("bob", $"m-{i}");
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "1"));
        await bob.MessagesAsync(1);
        await bob.AcknowledgeAsync(3);
        await alice.SendAsync("bob", "m-4");

        var last = (await bob.MessagesAsync(2))[1];
        Assert.That((last.Id, last.SignalRequest), Is.EqualTo(("m-4", SignalRequest.Push)), "it has not waited");
    }

    [Test]
    public async Task A_device_can_read_everything_again()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m-1");
        var bob = await ConnectReadyAsync("bob/phone");
        await bob.MessagesAsync(1);
        await bob.SendAsync("alice", "own-2");
        await alice.SendAsync("bob", "m-3");
        await bob.MessagesAsync(2);
        await bob.AcknowledgeAsync(3);

        var answer = await bob.RereadAsync(0);
        Assert.That(answer.SignalOffset, Is.Zero);
        var messages = (await bob.MessagesAsync(5)).Skip(2).ToList();
        Assert.That(messages.Select(message => message.Id), Is.EqualTo(new[] { "m-1", "own-2", "m-3" }));
        Assert.That(messages[1].SignalType, Is.EqualTo(SignalType.Sender), "own entries come again too");
        Assert.That((await bob.AcknowledgeAsync(0)).SignalOffset, Is.EqualTo(3), "the cursor does not move back");
    }

    [Test]
    public async Task Reading_again_keeps_to_the_window()
    {
        var alice = await ConnectAsync("alice/phone");
        for (var i = 1; i <= 6; i++)
            await alice.SendAsync("bob", $"m-{i}");
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "2"));
        await bob.MessagesAsync(2);
        await bob.AcknowledgeAsync(6);
        var seen = bob.Messages.Count;

        await bob.RereadAsync(0);
        for (var i = 2; i <= 6; i += 2)
        {
            await bob.MessagesAsync(seen + i);
            Assert.That(bob.Messages, Has.Count.EqualTo(seen + i));
            await bob.AcknowledgeAsync(i);
        }

        Assert.That(
            bob.Messages.Skip(seen).Select(message => message.SignalOffset), Is.EqualTo(Enumerable.Range(1, 6)));
    }

    [Test]
    public async Task Reading_again_from_past_the_head_is_an_error()
    {
        var bob = await BobWithMessagesAsync(2);
        var answer = await bob.AskAsync(new Signal { Id = "r", Type = SignalKind.Request, SignalOffset = 3 });

        Assert.That(answer.Type, Is.EqualTo(SignalKind.Error));
        Assert.That(answer.Error, Does.StartWith("out_of_range: "));
    }

    [Test]
    public async Task Large_messages_keep_to_the_windows_bytes_and_all_arrive()
    {
        var alice = await ConnectAsync("alice/phone");
        var large = new string('x', 250 * 1024);
        for (var i = 1; i <= 12; i++)
            await alice.SendAsync("bob", $"m-{i}", large);
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(4);
        Assert.That((await bob.AcknowledgeAsync(0)).SignalOffset, Is.Zero);
        Assert.That(bob.Messages, Has.Count.EqualTo(4), "a megabyte is in flight");

        for (var i = 4; i <= 12; i++)
        {
            await bob.MessagesAsync(i);
            await bob.AcknowledgeAsync(i);
        }

        Assert.That(bob.Messages, Has.Count.EqualTo(12));
    }

    private static Frame Acknowledgement(int upTo) => new()
    {
        Signal = new Signal { SignalOffset = upTo, SignalAckState = new SignalAckState { Received = true } },
    };

    private async Task<ProbeDevice> BobWithMessagesAsync(int count)
    {
        var alice = await ConnectAsync("alice/phone");
        for (var i = 1; i <= count; i++)
            await alice.SendAsync("bob", $"m-{i}");
        return await ConnectAsync("bob/phone");
    }
}
