using Google.Protobuf;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Judging;

/// <summary>The checker catches what it is for: one history without faults, and one for each invariant.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CheckerTests
{
    private readonly History history = new();
    private readonly StreamHistory alice;
    private readonly StreamHistory bob;

    public CheckerTests()
    {
        alice = Open("alice", "phone", 0);
        bob = Open("bob", "phone", 0);
    }

    [Test]
    public void A_history_without_faults_passes()
    {
        Exchange();
        history.Drained();
        Assert.That(history.Judge().Violations, Is.Empty);
        Assert.That(history.Judge().IsUnknown, Is.False);
    }

    [Test]
    public void An_empty_history_is_unknown() => Assert.That(new History().Judge().IsUnknown, Is.True);

    [Test]
    public void An_accepted_message_that_never_comes_is_lost()
    {
        Send(alice, "m1", 1, 1);
        Finds(Invariant.Lost);
    }

    [Test]
    public void A_message_that_another_device_of_the_sender_never_gets_is_lost()
    {
        var laptop = Open("alice", "laptop", 0);
        Exchange();
        Position(laptop, 1);
        Finds(Invariant.Lost);
    }

    [Test]
    public void A_message_that_the_cursor_passes_unacknowledged_is_lost()
    {
        Send(alice, "m1", 1, 1);
        bob.Down(Entry("m1", 1, 1));
        bob.Ended("cut");
        Open("bob", "phone", 1);
        Finds(Invariant.Lost);
    }

    [Test]
    public void A_message_twice_in_a_sequence_is_a_duplicate()
    {
        Send(alice, "m1", 1, 1);
        bob.Down(Entry("m1", 1, 1));
        bob.Down(Entry("m1", 2, 2));
        Finds(Invariant.Duplicate);
    }

    [Test]
    public void An_entry_twice_on_a_stream_is_a_duplicate()
    {
        Exchange();
        bob.Down(Entry("m1", 1, 1));
        Finds(Invariant.Duplicate);
    }

    [Test]
    public void A_message_twice_at_an_application_is_a_duplicate()
    {
        Exchange();
        Give("m1", 1);
        Give("m1", 1);
        Finds(Invariant.Duplicate);
    }

    [Test]
    public void An_offset_left_out_is_a_gap()
    {
        Send(alice, "m1", 1, 1);
        bob.Down(Entry("m1", 2, 1));
        Finds(Invariant.Gap);
    }

    [Test]
    public void An_offset_that_two_devices_know_as_two_entries_is_divergent()
    {
        Send(alice, "m1", 1, 1);
        Send(alice, "m2", 2, 2);
        bob.Down(Entry("m1", 1, 1));
        Open("bob", "laptop", 0).Down(Entry("m2", 1, 2));
        Finds(Invariant.Divergent);
    }

    [Test]
    public void An_entry_that_is_another_after_a_crash_was_a_phantom()
    {
        Send(alice, "m1", 1, 1);
        bob.Down(Entry("m1", 1, 1));
        history.Fault("killed", isCrash: true);
        bob.Ended("lost");
        Send(alice, "m2", 2, 2);
        Open("bob", "phone", 0).Down(Entry("m2", 1, 2));
        Finds(Invariant.Phantom);
    }

    [Test]
    public void A_timeline_with_a_hole_is_a_conv_gap()
    {
        Send(alice, "m1", 1, 2);
        bob.Down(Entry("m1", 1, 2));
        Finds(Invariant.ConvGap);
    }

    [Test]
    public void A_message_with_another_place_at_the_other_end_is_a_conv_split()
    {
        Send(alice, "m1", 1, 1);
        bob.Down(Entry("m1", 1, 2));
        Finds(Invariant.ConvSplit);
    }

    [Test]
    public void Two_messages_of_a_device_in_the_wrong_order_break_the_session_order()
    {
        alice.Up(Own("m1"));
        alice.Up(Own("m2"));
        alice.Down(Accepted("m2", 1, 1));
        alice.Down(Accepted("m1", 2, 2));
        Finds(Invariant.SessionOrder);
    }

    [Test]
    public void A_message_that_stands_before_one_that_was_answered_before_it_was_sent_breaks_real_time()
    {
        var laptop = Open("alice", "laptop", 0);
        Send(alice, "m1", 2, 2);
        Send(laptop, "m2", 1, 1);
        Finds(Invariant.Realtime);
    }

    [Test]
    public void A_repeat_with_other_offsets_moved()
    {
        Send(alice, "m1", 1, 1);
        Send(alice, "m1", 2, 2);
        Finds(Invariant.DedupMoved);
    }

    [Test]
    public void A_cursor_that_goes_back_is_a_regress()
    {
        Exchange();
        bob.Down(CursorIs(1));
        bob.Ended("cut");
        Open("bob", "phone", 0);
        Finds(Invariant.Regress);
    }

    [Test]
    public void A_watermark_that_goes_back_is_a_regress()
    {
        Exchange();
        alice.Down(Receipt("m1", 3, 1));
        Finds(Invariant.Regress);
    }

    [Test]
    public void A_receipt_that_the_sender_never_gets_is_a_regress()
    {
        Send(alice, "m1", 1, 1);
        bob.Down(Entry("m1", 1, 1));
        bob.Up(Acknowledge(1));
        Finds(Invariant.Regress);
    }

    [Test]
    public void A_message_that_nobody_sent_is_unexpected()
    {
        bob.Down(Entry("m9", 1, 1));
        Finds(Invariant.Unexpected);
    }

    [Test]
    public void A_message_with_another_payload_is_mutated()
    {
        Send(alice, "m1", 1, 1);
        var changed = Entry("m1", 1, 1);
        changed.Message.Payload = ByteString.CopyFromUtf8("other");
        bob.Down(changed);
        Finds(Invariant.Mutated);
    }

    [Test]
    public void A_message_that_one_member_has_and_the_other_has_not_is_torn()
    {
        // On another device than its author's, which may have lost it together with its answer.
        Open("alice", "laptop", 0);
        alice.Up(Own("m1"));
        bob.Down(Entry("m1", 1, 1));
        Finds(Invariant.Torn);
    }

    [Test]
    public void Awareness_with_an_offset_is_stored()
    {
        bob.Down(new Frame
        {
            Signal = new Signal
            {
                Id = "t1",
                Status = SignalStatus.Typing,
                SignalOffset = 1,
                SignalType = SignalType.Receiver,
                From = new Identity { User = "alice", Device = "phone" },
            },
        });
        Finds(Invariant.AwarenessStored);
    }

    [Test]
    public void A_run_that_does_not_come_to_rest_is_stuck()
    {
        Exchange();
        history.Stuck("bob never caught up");
        Finds(Invariant.Stuck);
    }

    [Test]
    public void What_is_held_that_nothing_needs_is_a_leak()
    {
        Exchange();
        history.Leak("a timer");
        Finds(Invariant.Leak);
    }

    [Test]
    public void A_conversation_out_of_its_order_is_a_reorder()
    {
        bob.Down(Entry("m1", 1, 2));
        bob.Down(Entry("m2", 2, 1));
        Finds(Invariant.Reorder);
    }

    [Test]
    public void Messages_out_of_their_order_at_an_application_are_a_reorder()
    {
        Send(alice, "m1", 1, 1);
        Send(alice, "m2", 2, 2);
        Give("m2", 2);
        Give("m1", 1);
        Finds(Invariant.Reorder);
    }

    [Test]
    public void A_frame_of_no_kind_breaks_the_protocol()
    {
        bob.Down(new Frame());
        Finds(Invariant.Protocol);
    }

    [Test]
    public void A_stream_under_a_head_below_what_the_device_had_is_a_silent_rollback()
    {
        Exchange();
        bob.Ended("cut");
        Open("bob", "phone", 0, "e/1", head: 0);
        Finds(Invariant.RollbackSilent);
    }

    [Test]
    public void Another_epoch_is_divergent_unless_it_was_announced()
    {
        Exchange();
        bob.Ended("cut");
        history.Open("bob", "phone").Began("f", 0, 64);
        Finds(Invariant.Divergent);
    }

    private void Finds(Invariant expected)
    {
        history.Drained();
        Assert.That(history.Judge().Violations.Select(violation => violation.Invariant), Does.Contain(expected), history.Judge().ToString());
    }

    private StreamHistory Open(string user, string device, int start, string? position = null, int head = 9)
    {
        var stream = history.Open(user, device, position);
        stream.Began("e", head, 64);
        Position(stream, start);
        return stream;
    }

    private void Exchange()
    {
        Send(alice, "m1", 1, 1);
        bob.Down(Entry("m1", 1, 1));
        bob.Up(Acknowledge(1));
        alice.Down(Receipt("m1", 2, 1));
        alice.Up(Acknowledge(2));
    }

    private void Give(string id, int userOffset) =>
        history.AppGets("bob", "phone", 1, "alice", id, userOffset, ByteString.CopyFromUtf8("hello").Memory);

    private static void Send(StreamHistory from, string id, int signalOffset, int userOffset)
    {
        from.Up(Own(id));
        from.Down(Accepted(id, signalOffset, userOffset));
    }

    private static void Position(StreamHistory stream, int offset) => stream.Down(new Frame
    {
        Signal = new Signal
        {
            Type = SignalKind.Response,
            SignalType = SignalType.Device,
            SignalOffset = offset,
            SignalOffsetState = true,
        },
    });

    private static Frame Own(string id) => new() { Message = Content(id) };

    private static Message Content(string id) => new()
    {
        Id = id,
        To = new Identity { User = "bob" },
        Timestamp = 1,
        Payload = ByteString.CopyFromUtf8("hello"),
    };

    private static Frame Accepted(string id, int signalOffset, int userOffset) => new()
    {
        Signal = new Signal
        {
            Id = id,
            SignalOffset = signalOffset,
            UserOffset = userOffset,
            To = new Identity { User = "bob" },
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffsetState = true,
            SignalAckState = new SignalAckState { Send = true },
        },
    };

    private static Frame Entry(string id, int signalOffset, int userOffset)
    {
        var message = Content(id);
        message.From = new Identity { User = "alice", Device = "phone" };
        message.SignalOffset = signalOffset;
        message.UserOffset = userOffset;
        message.SignalType = SignalType.Receiver;
        message.SignalOffsetState = true;
        message.SignalRequest = SignalRequest.Push;
        message.SignalAckState = new SignalAckState { Send = true };
        return new Frame { Message = message };
    }

    private static Frame Receipt(string id, int signalOffset, int userOffset) => new()
    {
        Signal = new Signal
        {
            Id = id,
            SignalOffset = signalOffset,
            UserOffset = userOffset,
            From = new Identity { User = "bob", Device = "phone" },
            To = new Identity { User = "alice" },
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffsetState = true,
            SignalAckState = new SignalAckState { Send = true, Received = true },
        },
    };

    private static Frame CursorIs(int offset) => new()
    {
        Signal = new Signal
        {
            SignalOffset = offset,
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffsetState = true,
            SignalAckState = new SignalAckState { Received = true },
        },
    };

    private static Frame Acknowledge(int offset) => new()
    {
        Signal = new Signal { SignalOffset = offset, SignalAckState = new SignalAckState { Received = true } },
    };
}
