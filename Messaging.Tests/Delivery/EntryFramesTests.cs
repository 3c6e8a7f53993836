using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Delivery;

public sealed class EntryFramesTests
{
    private readonly EntryFrames _frames = new(new Party("bob", "phone"));

    [TestCase("alice", "phone", SignalType.Receiver)]
    [TestCase("bob", "laptop", SignalType.Device)]
    [TestCase("bob", "phone", SignalType.Sender)]
    public void A_message_says_in_which_role_the_device_gets_it(string user, string device, SignalType role)
    {
        var message = Message(Entries.Message(1, new Party(user, device)));
        Assert.That(message.SignalType, Is.EqualTo(role));
        Assert.That(message.From, Is.EqualTo(new Identity { User = user, Device = device }));
    }

    [Test]
    public void A_message_comes_as_it_was_sent_with_the_servers_fields_filled_in()
    {
        var message = Message(Entries.Message(3));
        Assert.That(message, Is.EqualTo(new Message
        {
            Id = "m3",
            SignalOffset = 3,
            UserOffset = 103,
            From = new Identity { User = "alice", Device = "phone" },
            To = new Identity { User = "bob", Device = "any" },
            Timestamp = 42,
            Payload = Google.Protobuf.ByteString.CopyFrom(new byte[5]),
            SignalType = SignalType.Receiver,
            SignalOffsetState = true,
            SignalAckState = new SignalAckState { Send = true },
            SignalRequest = SignalRequest.Push,
        }));
    }

    [TestCase(MessageState.Sent, false, false)]
    [TestCase(MessageState.Received, true, false)]
    [TestCase(MessageState.Read, true, true)]
    public void The_flags_of_a_message_add_up(MessageState state, bool received, bool read)
    {
        var flags = Message(Entries.Message(1, state: state)).SignalAckState;
        Assert.That(flags, Is.EqualTo(new SignalAckState { Send = true, Received = received, Read = read }));
    }

    [Test]
    public void A_receipt_names_who_received_and_the_last_message_covered()
    {
        Assert.That(Signal(Entries.Receipt(4, ReceiptKind.Received)), Is.EqualTo(new Signal
        {
            Id = "about",
            SignalOffset = 4,
            UserOffset = 9,
            Timestamp = 1004,
            From = new Identity { User = "alice", Device = "phone" },
            To = new Identity { User = "bob" },
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffsetState = true,
            SignalAckState = new SignalAckState { Send = true, Received = true },
        }));
    }

    [Test]
    public void The_readers_own_entry_names_the_other_member()
    {
        var signal = Signal(Entries.Receipt(4, ReceiptKind.Read, new Party("bob", "laptop")));
        Assert.That(signal.To, Is.EqualTo(new Identity { User = "alice" }));
        Assert.That(signal.SignalType, Is.EqualTo(SignalType.Device));
        Assert.That(signal.Status, Is.EqualTo(SignalStatus.Unspecified));
    }

    [Test]
    public void What_was_played_keeps_its_status_and_counts_as_read()
    {
        var signal = Signal(Entries.Receipt(4, ReceiptKind.Played));
        Assert.That(signal.Status, Is.EqualTo(SignalStatus.Played));
        Assert.That(signal.SignalAckState, Is.EqualTo(new SignalAckState { Send = true, Received = true, Read = true }));
    }

    [Test]
    public void A_report_comes_as_an_error_about_the_message()
    {
        Assert.That(Signal(Entries.Report(4)), Is.EqualTo(new Signal
        {
            Id = "about",
            SignalOffset = 4,
            UserOffset = 9,
            Timestamp = 1004,
            From = new Identity { User = "alice", Device = "phone" },
            To = new Identity { User = "bob" },
            Type = SignalKind.Error,
            SignalType = SignalType.Sender,
            Error = "does not decrypt",
        }));
    }

    private Message Message(QueueEntry entry) => _frames.For(entry, SignalRequest.Push)!.Message;

    private Signal Signal(QueueEntry entry) => _frames.For(entry, SignalRequest.Push)!.Signal;
}
