using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Delivery;

public sealed class AnswerFramesTests
{
    private static readonly StubStream Stream = new();
    private static readonly Identity Alice = new() { User = "alice", Device = "any" };

    [TestCase(Settlement.Recorded)]
    [TestCase(Settlement.Repeated)]
    public void A_message_that_is_stored_is_answered_with_its_offsets(Settlement settlement)
    {
        var answer = Answer(settlement);
        Assert.That(answer, Is.EqualTo(new Signal
        {
            Id = "m",
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffset = 4,
            UserOffset = 9,
            Timestamp = 1000,
            To = Alice,
            SignalAckState = new SignalAckState { Send = true },
            SignalOffsetState = true,
        }));
    }

    // Protocol §9: which code comes with which kind.
    [TestCase(Settlement.Unavailable, SignalKind.Response, "unavailable")]
    [TestCase(Settlement.Fenced, SignalKind.Response, "aborted")]
    [TestCase(Settlement.FenceFull, SignalKind.Response, "aborted")]
    [TestCase(Settlement.IdTaken, SignalKind.Error, "already_exists")]
    [TestCase(Settlement.OutOfRange, SignalKind.Error, "out_of_range")]
    public void A_message_that_is_not_stored_is_refused_without_offsets(
        Settlement settlement, SignalKind kind, string code)
    {
        var answer = Answer(settlement)!;
        Assert.That(answer.Error, Does.StartWith($"{code}: "));
        answer.ClearError();
        Assert.That(answer, Is.EqualTo(new Signal { Id = "m", Type = kind, SignalType = SignalType.Sender }));
    }

    [Test]
    public void What_is_superseded_is_not_answered() => Assert.That(Answer(Settlement.Superseded), Is.Null);

    [Test]
    public void An_acknowledgement_without_an_id_is_answered_only_where_it_is_refused()
    {
        Assert.That(Acknowledged("", Settlement.Recorded), Is.Null);
        Assert.That(Acknowledged("", Settlement.Unavailable)?.Error, Does.StartWith("unavailable: "));
        Assert.That(Acknowledged("", Settlement.OutOfRange)?.Error, Does.StartWith("out_of_range: "));
    }

    [Test]
    public void An_acknowledgement_with_an_id_is_told_where_the_cursor_stands() =>
        Assert.That(Acknowledged("a", Settlement.Recorded), Is.EqualTo(new Signal
        {
            Id = "a",
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffset = 7,
            SignalAckState = new SignalAckState { Received = true },
            SignalOffsetState = true,
        }));

    [Test]
    public void An_acknowledgement_past_the_head_is_out_of_order_and_keeps_the_cursor()
    {
        var answer = Acknowledged("a", Settlement.OutOfRange)!;
        Assert.That((answer.Type, answer.SignalOffset, answer.SignalOffsetState), Is.EqualTo((SignalKind.Response, 5, false)));
        Assert.That(answer.SignalAckState, Is.EqualTo(new SignalAckState { Received = true }));
    }

    [Test]
    public void A_read_is_answered_with_the_watermark_and_the_readers_own_entry()
    {
        var work = new MarkRead(Stream, "alice", "m", default)
        {
            Settlement = Settlement.Recorded,
            SignalOffset = new SignalOffset(4),
            Watermark = new UserOffset(9),
        };
        Assert.That(AnswerFrames.To(new Taken.Read(work, "m", Alice, IsPastCursor: false))?.Signal, Is.EqualTo(new Signal
        {
            Id = "m",
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffset = 4,
            UserOffset = 9,
            To = Alice,
            SignalAckState = new SignalAckState { Read = true },
            SignalOffsetState = true,
        }));
    }

    [TestCase(Settlement.NotFound, "not_found")]
    [TestCase(Settlement.OutOfRange, "out_of_range")]
    public void A_read_of_what_is_not_there_is_an_error(Settlement settlement, string code)
    {
        var work = new MarkRead(Stream, "alice", "m", default) { Settlement = settlement };
        var answer = AnswerFrames.To(new Taken.Read(work, "m", Alice, IsPastCursor: false))!.Signal;
        Assert.That(answer.Type, Is.EqualTo(SignalKind.Error));
        Assert.That(answer.Error, Does.StartWith($"{code}: "));
    }

    private static Signal? Answer(Settlement settlement)
    {
        var work = new SendMessage(Stream, "m", "alice", default, default)
        {
            Settlement = settlement,
            SignalOffset = new SignalOffset(4),
            UserOffset = new UserOffset(9),
            RecordedAt = 1000,
        };
        return AnswerFrames.To(new Taken.Send(work, Alice))?.Signal;
    }

    private static Signal? Acknowledged(string id, Settlement settlement)
    {
        var work = new Acknowledge(Stream, new SignalOffset(6)) { Settlement = settlement, Cursor = new SignalOffset(7) };
        return AnswerFrames.To(new Taken.Acknowledgement(work, id, IsPastCursor: true), new SignalOffset(5))?.Signal;
    }
}
