using Google.Protobuf;
using Messaging.Service.Delivery;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Delivery;

public sealed class MessageBodyTests
{
    private static readonly object[] Messages =
    [
        new Message { To = new Identity { User = "bob" } },
        new Message { To = new Identity { User = "jürgen", Device = "phone" }, Timestamp = -1 },
        new Message { To = new Identity { User = "b" }, Timestamp = long.MaxValue, Payload = ByteString.CopyFrom(new byte[300]) },
        new Message
        {
            To = new Identity { User = "bob" },
            EncryptionType = "E2E",
            Encrypted = new string('A', 70_000),
            Signature = "QUJD",
        },
    ];

    [TestCaseSource(nameof(Messages))]
    public void What_is_stored_is_read_as_it_was_sent(Message message) =>
        Assert.That(MessageBody.Read(new BodyWriter().Write(message), new LastIdentity()), Is.EqualTo(message));

    [Test]
    public void Only_what_the_client_owns_is_stored()
    {
        var message = Message.Parser.ParseFrom([0x2A, 0x03, 0x0A, 0x01, 0x62, 0xFA, 0x06, 0x01, 0x78]); // to b, field 111
        message.Id = "m";
        message.From = new Identity { User = "alice" };
        message.SignalOffset = 4;
        message.SignalType = SignalType.Sender;
        Assert.That(
            MessageBody.Read(new BodyWriter().Write(message), new LastIdentity()), Is.EqualTo(new Message { To = new Identity { User = "b" } }));
    }

    [Test]
    public void It_is_what_any_reader_of_protobuf_reads([Values(0, 1, 300, 70_000)] int payload)
    {
        var message = new Message
        {
            To = new Identity { User = "bob" },
            Timestamp = 1_795_569_298_986,
            Payload = ByteString.CopyFrom(new byte[payload]),
        };
        Assert.That(Message.Parser.ParseFrom(new BodyWriter().Write(message)), Is.EqualTo(message));
    }
}
