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
    [Protocol("5.4", "5.5", "5.6")]
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
    [Protocol("5.2", "5.4", "5.5", "5.7")]
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
    [Protocol("4.15", "4.16", "5.2", "5.11")]
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

    [TestCase("1", 500)]
    [TestCase("7", 2_000)]
    [TestCase("64", 2_000)]
    [Protocol("1.7", "1.16", "5.1", "5.2", "5.11")]
    public async Task A_device_that_was_away_gets_everything_in_order(string window, int count)
    {
        var alice = await ConnectAsync("alice/phone");
        for (var i = 0; i < count; i++)
            await alice.UpAsync(new Frame { Message = ProbeDevice.Text("bob", $"m-{i}") });
        await alice.Until("all answers", () => alice.Frames.Count == count + 1);

        var bob = await ConnectReadyAsync("bob/phone", ("messaging-window", window));
        var messages = await bob.MessagesAsync(count);
        Assert.That(messages.Select(message => message.Id), Is.EqualTo(Enumerable.Range(0, count).Select(i => $"m-{i}")));
        Assert.That(messages.Select(message => message.UserOffset), Is.EqualTo(Enumerable.Range(1, count)));
    }

    [Test]
    [Protocol("5.15", "5.23", "5.24", "5.25", "5.32", "8.4")]
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
    [Protocol("5.19")]
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
    [Protocol("5.20", "5.22", "5.25", "5.34", "9.14")]
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
    [Protocol("5.21", "8.12", "8.13")]
    public async Task A_negative_offset_is_an_error()
    {
        var bob = await BobWithMessagesAsync(1);
        foreach (var signal in new[]
        {
            Acknowledgement(-1).Signal,
            new Signal { Type = SignalKind.Request, SignalOffset = -1 },
            new Signal { To = new Identity { User = "alice" }, UserOffset = -1, SignalAckState = new SignalAckState { Read = true } },
            new Signal { To = new Identity { User = "alice" }, Status = SignalStatus.Typing, UserOffset = -1 },
            new Signal { SignalOffset = 1, UserOffset = -1, SignalAckState = new SignalAckState { Received = true } },
        })
        {
            var answer = await bob.AskAsync(signal);
            Assert.That(answer.Type, Is.EqualTo(SignalKind.Error), signal.ToString());
            Assert.That(answer.Error, Does.StartWith("invalid_argument: "));
        }
    }

    [Test]
    [Protocol("5.16", "6.3", "6.4")]
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
    [Protocol("2.38", "5.37", "5.38", "5.39", "5.42", "5.46", "8.5")]
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
    [Protocol("5.43", "5.44")]
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
    [Protocol("5.45")]
    public async Task An_acknowledgement_past_the_cursor_skips_what_was_to_be_delivered_again()
    {
        var alice = await ConnectAsync("alice/phone");
        for (var i = 1; i <= 6; i++)
            await alice.SendAsync("bob", $"m-{i}");
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "1"));
        await bob.MessagesAsync(1);
        await bob.AcknowledgeAsync(1);
        await bob.MessagesAsync(2);
        await bob.RereadAsync(0);
        await bob.MessagesAsync(3);
        await bob.AcknowledgeAsync(5);

        Assert.That(
            (await bob.MessagesAsync(4)).Select(message => message.Id), Is.EqualTo(new[] { "m-1", "m-2", "m-1", "m-6" }));
    }

    [Test]
    [Protocol("5.41", "9.12")]
    public async Task Reading_again_from_past_the_head_is_an_error()
    {
        var bob = await BobWithMessagesAsync(2);
        var answer = await bob.AskAsync(new Signal { Id = "r", Type = SignalKind.Request, SignalOffset = 3 });

        Assert.That(answer.Type, Is.EqualTo(SignalKind.Error));
        Assert.That(answer.Error, Does.StartWith("out_of_range: "));
    }

    [Test]
    [Protocol("5.2")]
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

    [Test]
    [Protocol("8.10", "8.11", "8.14", "8.15")]
    public async Task What_else_a_signal_sets_is_ignored_but_not_who_it_says_it_is_from()
    {
        var bob = await BobWithMessagesAsync(2);
        await bob.MessagesAsync(2);
        var crowded = Acknowledgement(1).Signal;
        (crowded.From, crowded.To) = (new Identity(), new Identity { User = "carol" });
        (crowded.UserOffset, crowded.Timestamp, crowded.SignalType) = (9, 9, SignalType.Receiver);
        Assert.That((await bob.AskAsync(crowded)).SignalOffset, Is.EqualTo(1));

        var reread = new Signal { Type = SignalKind.Request, To = new Identity { User = "carol" }, UserOffset = 9 };
        Assert.That((await bob.AskAsync(reread)).SignalOffset, Is.Zero);
        await bob.MessagesAsync(4);
        var forged = Acknowledgement(2).Signal;
        forged.From = new Identity { User = "mallory" };
        Assert.That((await bob.AskAsync(forged)).Error, Does.StartWith("permission_denied: "));
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
