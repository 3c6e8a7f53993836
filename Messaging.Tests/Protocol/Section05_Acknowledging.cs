using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §5: acknowledging, and which signals are answered how.</summary>
[TestFixture]
public sealed class Section05_Acknowledging : ProtocolTests
{
    [Test]
    [Protocol("5.15", "5.16", "5.18", "5.19", "5.23", "5.32")]
    public async Task An_acknowledgement_is_cumulative_and_answered_with_the_cursor()
    {
        await AliceWritesAsync(5);
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(5);
        foreach (var (upTo, cursor) in new[] { (3, 3), (3, 3), (1, 3), (0, 3), (5, 5) })
            Assert.That(await bob.AskAsync(Received(upTo, "a")), Is.EqualTo(Answer("a", cursor)), $"{upTo}");

        await Server.RestartAsync();
        Assert.That((await ConnectAsync("bob/phone")).Frames[0].Signal, Is.EqualTo(Position(5)), "it was on disk");
    }

    [Test]
    [Protocol("5.18")]
    public async Task The_cursor_passes_own_entries_that_follow()
    {
        var alice = await AliceWritesAsync(1);
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(1);
        await bob.SendAsync("alice", "own-2");
        await bob.AskAsync(Read("alice", "m-1"));
        await alice.SendAsync("bob", "m-4");
        await bob.MessagesAsync(2);

        Assert.That(await bob.AskAsync(Received(1, "a")), Is.EqualTo(Answer("a", 3)));
        Assert.That(await bob.AskAsync(Received(4, "b")), Is.EqualTo(Answer("b", 4)));
    }

    [Test]
    [Protocol("5.20", "5.22", "5.34", "9.14")]
    public async Task What_a_device_never_got_it_cannot_acknowledge()
    {
        Server.ExpectAlarm("past the head");
        await AliceWritesAsync(2);
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(2);
        await bob.AcknowledgeAsync(1);

        foreach (var (upTo, id) in new[] { (3, "a"), (int.MaxValue, "b"), (3, "") })
        {
            var before = bob.Frames.Count;
            await bob.UpAsync(Up(Received(upTo, id)));
            await bob.Until("a refusal, with an id or without", () => bob.Frames.Count > before);
            var answer = bob.Frames[before].Signal;
            Assert.That(Code(answer), Is.EqualTo("out_of_range"));
            var expected = Answer(id, 1);
            (expected.SignalOffsetState, expected.Error) = (false, answer.Error);
            Assert.That(answer, Is.EqualTo(expected));
        }

        Assert.That((await bob.AcknowledgeAsync(2)).SignalOffset, Is.EqualTo(2), "the stream goes on");
    }

    [Test]
    [Protocol("5.21", "5.34", "8.12")]
    public async Task A_negative_acknowledgement_is_an_error_and_says_where_the_cursor_is()
    {
        await AliceWritesAsync(1);
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(1);
        await bob.AcknowledgeAsync(1);
        foreach (var (upTo, id) in new[] { (-1, "a"), (int.MinValue, "b"), (-1, "") })
        {
            var before = bob.Frames.Count;
            await bob.UpAsync(Up(Received(upTo, id)));
            await bob.Until("a refusal, with an id or without", () => bob.Frames.Count > before);
            var answer = bob.Frames[before].Signal;
            Assert.That(Code(answer), Is.EqualTo("invalid_argument"));
            var expected = Answer(id, 1);
            (expected.Type, expected.SignalOffsetState, expected.Error) = (SignalKind.Error, false, answer.Error);
            Assert.That(answer, Is.EqualTo(expected));
        }
    }

    [Test]
    [Protocol("5.24", "5.25", "5.33")]
    public async Task Every_signal_with_an_id_is_answered_once_and_without_one_reads_and_re_reads_are()
    {
        await AliceWritesAsync(2);
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(2);
        var to = new Identity { User = "alice" };
        (Signal Signal, bool IsAnsweredWithout)[] signals =
        [
            (Received(1), false),
            (Read("alice", upTo: 2), true),
            (Reread(3), true),
            (new() { Status = SignalStatus.Typing, To = to }, false),
            (new() { Status = (SignalStatus)99, To = to }, false),
            (new() { SignalOffset = -1, Type = SignalKind.Request }, true),
            (new() { Status = SignalStatus.Typing }, true),
            (new(), true),
        ];
        foreach (var (signal, isAnsweredWithout) in signals)
        {
            var before = bob.Frames.Count;
            await bob.UpAsync(Up(signal));
            var answers = await SoFarAsync(bob, before);
            Assert.That(answers, Has.Count.EqualTo(isAnsweredWithout ? 1 : 0), signal.ToString());
            Assert.That(answers.Select(answer => answer.Signal.Id), Is.All.Empty);

            var withId = signal.Clone();
            withId.Id = signal.SignalAckState?.Read == true ? "m-1" : $"id-{Array.FindIndex(signals, one => one.Signal == signal)}";
            before = bob.Frames.Count;
            await bob.UpAsync(Up(withId));
            answers = await SoFarAsync(bob, before);
            Assert.That(answers.Select(answer => answer.Signal.Id), Is.EqualTo(new[] { withId.Id }), withId.ToString());
            var isBare = signal.Status != 0 || answers[0].Signal.HasError;
            Assert.That(answers[0].Signal is { SignalOffset: 0, UserOffset: 0 }, Is.EqualTo(isBare), "an offset");
        }

        var report = new Signal { Id = "m-1", Type = SignalKind.Error, To = to, Error = "no" };
        Assert.That(await bob.AskAsync(report), Is.EqualTo(new Signal
        {
            Id = "m-1",
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffsetState = true,
        }));
    }

    [Test]
    [Protocol("5.26", "5.27", "5.28", "5.29", "5.32", "5.35")]
    public async Task The_answer_to_a_read_says_where_the_watermark_is_and_delivers_the_readers_entry()
    {
        var alice = await AliceWritesAsync(3);
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(3);
        await bob.AcknowledgeAsync(3);
        var read = Read("alice", "m-1", upTo: 2);
        read.To.Device = "any";

        Assert.That(await bob.AskAsync(read), Is.EqualTo(ReadAnswer(offset: 4, watermark: 2)));
        Assert.That(await bob.AskAsync(read), Is.EqualTo(ReadAnswer(offset: 0, watermark: 2)), "again moves nothing");
        read.UserOffset = 1;
        Assert.That(await bob.AskAsync(read), Is.EqualTo(ReadAnswer(offset: 0, watermark: 2)), "a lower one neither");
        Assert.That((await bob.AcknowledgeAsync(0)).SignalOffset, Is.EqualTo(4), "the entry has been delivered");
        await alice.SendAsync("bob", "next");
        Assert.That((await bob.MessagesAsync(4))[3].SignalOffset, Is.EqualTo(5));

        static Signal ReadAnswer(int offset, int watermark) => new()
        {
            Id = "m-1",
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffset = offset,
            UserOffset = watermark,
            To = new Identity { User = "alice", Device = "any" },
            SignalAckState = new SignalAckState { Read = true },
            SignalOffsetState = true,
        };
    }

    [Test]
    [Protocol("5.30")]
    public async Task On_a_later_stream_the_readers_entry_comes_as_sender()
    {
        await AliceWritesAsync(1);
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(1);
        await bob.AskAsync(Read("alice", "m-1"));
        await DisconnectAsync(bob);

        bob = await ConnectAsync("bob/phone");
        var entry = (await bob.ReceiptsAsync(1))[0];
        Assert.That((entry.SignalOffset, entry.SignalType, entry.From.Device), Is.EqualTo((2, SignalType.Sender, "phone")));
    }

    [Test]
    [Protocol("5.31", "8.7")]
    public async Task A_frame_that_reads_and_acknowledges_is_answered_as_a_read()
    {
        await AliceWritesAsync(2);
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(2);
        var both = Read("alice", "m-2");
        (both.SignalOffset, both.SignalAckState.Received) = (2, true);
        var answer = await bob.AskAsync(both);

        Assert.That((answer.SignalOffset, answer.UserOffset), Is.EqualTo((3, 2)));
        Assert.That(answer.SignalAckState, Is.EqualTo(new SignalAckState { Read = true }));
        Assert.That((await bob.AcknowledgeAsync(0)).SignalOffset, Is.EqualTo(3), "it acknowledges all the same");
    }

    [Test]
    [Protocol("5.34")]
    public async Task A_refusal_carries_the_id_and_the_reason_and_nothing_else()
    {
        await AliceWritesAsync(1);
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(1);
        var message = ProbeDevice.Text("alice", "bad");
        message.Signature = "?";
        var answers = new[]
        {
            await bob.AskAsync(message), await bob.AskAsync(Read("alice", "none")), await bob.AskAsync(Reread(2, "r")),
            await bob.AskAsync(Reread(-1, "n")), await bob.AskAsync(new Signal { Id = "s" }),
        };
        foreach (var answer in answers)
        {
            Assert.That(answer, Is.EqualTo(new Signal
            {
                Id = answer.Id,
                Type = SignalKind.Error,
                SignalType = SignalType.Sender,
                Error = answer.Error,
            }));
            Assert.That(Code(answer), Is.Not.Empty);
        }
    }

    private static Signal Answer(string id, int cursor) => new()
    {
        Id = id,
        Type = SignalKind.Response,
        SignalType = SignalType.Sender,
        SignalOffset = cursor,
        SignalAckState = new SignalAckState { Received = true },
        SignalOffsetState = true,
    };
}
