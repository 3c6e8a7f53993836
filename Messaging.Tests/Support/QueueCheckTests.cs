using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Support;

/// <summary>The check that every probe runs catches what it is for.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class QueueCheckTests
{
    private readonly QueueCheck check = new("bob", "phone", window: 2);

    [Test]
    public void A_stream_without_faults_passes()
    {
        check.Takes(Position(0));
        check.Takes(Entry(1));
        check.Sends(Own("own"), isRepeat: false);
        check.Takes(Answer("own", 2));
        check.Takes(Entry(3, userOffset: 3));
        check.Sends(Acknowledge(3), isRepeat: false);
        check.Takes(Entry(4, userOffset: 4));
        check.Takes(Position(3));
        check.Takes(Entry(5, userOffset: 5));
        Assert.That(check.Position, Is.EqualTo(5));
    }

    [Test]
    public void It_refuses_a_stream_that_does_not_begin_with_a_position() => Refuses("first position", Entry(1));

    [Test]
    public void It_refuses_a_hole() => Refuses("hole", Position(0), Entry(1), Entry(3));

    [Test]
    public void It_refuses_a_repeat() => Refuses("repeats", Position(0), Entry(1), Entry(1));

    [Test]
    public void It_refuses_more_than_the_window() =>
        Refuses("in flight", Position(0), Entry(1), Entry(2, userOffset: 2), Entry(3, userOffset: 3));

    [Test]
    public void It_refuses_a_conversation_out_of_order() =>
        Refuses("order", Position(0), Entry(1, userOffset: 2), Entry(2, userOffset: 1));

    [Test]
    public void It_refuses_a_wrong_role()
    {
        var entry = Entry(1);
        entry.Message.SignalType = SignalType.Device;
        Refuses("should come as", Position(0), entry);
    }

    [Test]
    public void It_refuses_an_answer_to_nothing() => Refuses("nothing that is open", Position(0), Answer("x", 1));

    [Test]
    public void It_refuses_a_second_answer()
    {
        check.Sends(Own("own"), isRepeat: false);
        Refuses("nothing that is open", Position(0), Answer("own", 1), Answer("own", 1));
    }

    [Test]
    public void It_refuses_an_entry_that_its_answer_had_delivered()
    {
        check.Sends(Own("own"), isRepeat: false);
        Refuses("repeats", Position(0), Answer("own", 1), Entry(1));
    }

    [Test]
    public void It_refuses_an_answer_behind_a_later_entry()
    {
        check.Sends(Own("own"), isRepeat: false);
        Refuses("behind a later entry", Position(0), Entry(1), Answer("own", 1));
    }

    [Test]
    public void What_an_acknowledgement_has_skipped_may_be_under_way()
    {
        Skip(4);
        check.Takes(Entry(1));
        check.Takes(Position(2));
        check.Takes(Entry(3, userOffset: 3));
        check.Takes(Entry(5, userOffset: 5));
        Assert.That(check.Position, Is.EqualTo(5));
    }

    [Test]
    public void It_refuses_a_hole_in_what_is_under_way()
    {
        Skip(4);
        Refuses("hole", Entry(1), Entry(3, userOffset: 3));
    }

    [Test]
    public void It_refuses_a_repeat_of_what_was_under_way()
    {
        Skip(4);
        Refuses("repeats", Entry(1), Entry(1));
    }

    [Test]
    public void It_refuses_what_was_skipped_behind_what_follows()
    {
        Skip(4);
        Refuses("repeats", Entry(1), Entry(5, userOffset: 5), Entry(2, userOffset: 6));
    }

    [Test]
    public void It_refuses_a_position_that_nobody_asked_for()
    {
        var position = Position(0);
        position.Signal.Id = "x";
        Refuses("nobody asked for", Position(0), position);
    }

    private void Skip(int to)
    {
        check.Takes(Position(0));
        check.Sends(Acknowledge(to), isRepeat: false);
    }

    private void Refuses(string what, params Frame[] frames)
    {
        foreach (var frame in frames[..^1])
            check.Takes(frame);
        Assert.That(
            () => check.Takes(frames[^1]), Throws.TypeOf<ProtocolViolationException>().With.Message.Contains(what));
    }

    private static Frame Position(int offset) => new()
    {
        Signal = new Signal
        {
            Type = SignalKind.Response,
            SignalType = SignalType.Device,
            SignalOffset = offset,
            SignalOffsetState = true,
        },
    };

    private static Frame Entry(int offset, int userOffset = 1) => new()
    {
        Message = new Message
        {
            Id = $"m-{offset}",
            SignalOffset = offset,
            UserOffset = userOffset,
            From = new Identity { User = "alice", Device = "phone" },
            To = new Identity { User = "bob" },
            SignalType = SignalType.Receiver,
            SignalRequest = SignalRequest.Pull,
            SignalOffsetState = true,
            SignalAckState = new SignalAckState { Send = true },
        },
    };

    private static Frame Own(string id) => new() { Message = ProbeDevice.Text("alice", id) };

    private static Frame Answer(string id, int offset) => new()
    {
        Signal = new Signal
        {
            Id = id,
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffset = offset,
            UserOffset = 2,
            SignalOffsetState = true,
            SignalAckState = new SignalAckState { Send = true },
        },
    };

    private static Frame Acknowledge(int upTo) => new()
    {
        Signal = new Signal { SignalOffset = upTo, SignalAckState = new SignalAckState { Received = true } },
    };
}
