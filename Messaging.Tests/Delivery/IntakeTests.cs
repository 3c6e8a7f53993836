using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.Service.Security;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Delivery;

public sealed class IntakeTests
{
    private readonly StubStream _stream = new() { Cursor = new SignalOffset(3), Head = new SignalOffset(5) };
    private Intake _intake = null!;

    [SetUp]
    public void SetUp()
    {
        var limits = new MessageLimits();
        new MessageRates(limits, TimeProvider.System).TryEnter(_stream.Device, out var rate, out _);
        _intake = new Intake(_stream, new ShapeRules(limits), rate!);
    }

    [Test]
    public void A_message_becomes_work_for_the_ledger()
    {
        var message = new Message { Id = "m", To = new Identity { User = "alice", Device = "any" } };
        var taken = Take(message) as Taken.Send;
        Assert.That(taken?.Submission.Id, Is.EqualTo("m"));
        Assert.That(taken!.Submission.Recipient, Is.EqualTo("alice"));
        Assert.That(taken.Submission.Digest, Is.EqualTo(ContentDigest.Of(message)));
    }

    [TestCase("bob", "phone", true)]
    [TestCase("bob", "", true)]
    [TestCase("bob", "laptop", false)]
    [TestCase("alice", "", false)]
    public void From_is_the_caller_alone_or_with_the_device(string user, string device, bool isTaken)
    {
        var from = new Identity { User = user, Device = device };
        var message = Take(new Message { Id = "m", From = from, To = new Identity { User = "alice" } });
        var signal = Take(new Signal { From = from, SignalAckState = new() { Received = true } });
        Assert.That(message is Taken.Send, Is.EqualTo(isTaken));
        Assert.That(signal is Taken.Acknowledgement, Is.EqualTo(isTaken));
        if (!isTaken)
            Assert.That(Answer(message).Error, Does.StartWith("permission_denied: "));
    }

    [Test]
    public void Shape_is_checked_before_identity()
    {
        var taken = Take(new Message { Id = "m", From = new Identity { User = "alice" } });
        Assert.That(Answer(taken).Error, Does.StartWith("invalid_argument: "));
    }

    [Test]
    public void A_refusal_echoes_an_id_only_if_that_is_valid()
    {
        Assert.That(Answer(Take(new Message { Id = "m" })), Is.EqualTo(new Signal
        {
            Id = "m",
            Type = SignalKind.Error,
            SignalType = SignalType.Sender,
            Error = "invalid_argument: to.user is missing",
        }));
        Assert.That(Answer(Take(new Message { Id = "a\nb" })).Id, Is.Empty);
    }

    [Test]
    public void A_frame_without_a_body_is_refused() =>
        Assert.That(Answer(_intake.Take(new Frame())).Error, Does.StartWith("invalid_argument: "));

    [Test]
    public void A_negative_acknowledgement_is_told_where_the_cursor_stands()
    {
        var taken = Take(new Signal { Id = "a", SignalOffset = -1, SignalAckState = new() { Received = true } });
        var negative = taken as Taken.NegativeAcknowledgement;
        var answer = AnswerFrames.RefuseNegative(negative!.Id, new SignalOffset(3), negative.Refusal).Signal;
        Assert.That((answer.Type, answer.Id, answer.SignalOffset), Is.EqualTo((SignalKind.Error, "a", 3)));
        Assert.That(answer.SignalAckState, Is.EqualTo(new SignalAckState { Received = true }));
    }

    [Test]
    public void A_re_read_goes_up_to_the_head_and_no_further()
    {
        Assert.That(Take(new Signal { Type = SignalKind.Request, SignalOffset = 5 }), Is.InstanceOf<Taken.Reread>());
        var refused = Answer(Take(new Signal { Id = "r", Type = SignalKind.Request, SignalOffset = 6 }));
        Assert.That((refused.Id, refused.Type), Is.EqualTo(("r", SignalKind.Error)));
        Assert.That(refused.Error, Does.StartWith("out_of_range: "));
    }

    [Test]
    public void A_read_may_acknowledge_and_say_played()
    {
        var taken = Take(new Signal
        {
            Id = "m",
            To = new Identity { User = "alice" },
            Status = SignalStatus.Played,
            SignalOffset = 4,
            UserOffset = 9,
            SignalAckState = new() { Received = true },
        }) as Taken.Read;
        var work = taken!.Submission;
        Assert.That((work.Peer, work.MessageId, work.IsPlayed), Is.EqualTo(("alice", "m", true)));
        Assert.That((work.UpTo.Value, work.Acknowledge.Value), Is.EqualTo((9, 4)));
    }

    [Test]
    public void A_message_refused_for_good_no_longer_holds_up_those_behind_it()
    {
        Assert.That(Take(new Message { Id = "m" }).Work, Is.Null);
        _stream.IsFenced = true;
        Assert.That((Take(new Message { Id = "m" }).Work as Withdraw)?.Id, Is.EqualTo("m"));
    }

    private Taken Take(Message message) => _intake.Take(new Frame { Message = message });

    private Taken Take(Signal signal) => _intake.Take(new Frame { Signal = signal });

    private static Signal Answer(Taken taken) => ((Taken.Refused)taken).Answer.Signal;
}
