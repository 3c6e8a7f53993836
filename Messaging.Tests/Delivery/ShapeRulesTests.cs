using Google.Protobuf;
using Messaging.Service.Delivery;
using Messaging.Service.Security;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Delivery;

public sealed class ShapeRulesTests
{
    private readonly ShapeRules _rules = new(new MessageLimits());

    [Test]
    public void A_message_needs_no_more_than_an_id_and_a_recipient() => Assert.That(_rules.Check(Valid()), Is.Null);

    // Protocol §9, limits: what each spoils, and a word that the refusal must have.
    private static IEnumerable<TestCaseData> Spoilt()
    {
        static TestCaseData Case(string name, string word, Action<Message> spoil) =>
            new TestCaseData(word, spoil).SetArgDisplayNames(name);

        yield return Case("no id", "id", m => m.Id = "");
        yield return Case("id of 129 bytes", "id", m => m.Id = new string('x', 129));
        yield return Case("id of 129 bytes in 43 characters", "id", m => m.Id = new string('€', 43));
        yield return Case("id with a line break", "id", m => m.Id = "a\nb");
        yield return Case("id with a C1 control", "id", m => m.Id = "a\u0085b");
        yield return Case("id with a line separator", "id", m => m.Id = "a\u2028b");
        yield return Case("no recipient", "to.user", m => m.To = null);
        yield return Case("recipient without user", "to.user", m => m.To = new Identity { Device = "phone" });
        yield return Case("user of 256 bytes", "to.user", m => m.To.User = new string('x', 256));
        yield return Case("device of 256 bytes", "to.device", m => m.To.Device = new string('x', 256));
        yield return Case("device with a control", "to.device", m => m.To.Device = "\u007f");
        yield return Case("from without user", "from.user", m => m.From = new Identity { Device = "phone" });
        yield return Case("from of 256 bytes", "from.user", m => m.From = new Identity { User = new string('x', 256) });
        yield return Case("payload too long", "payload", m => m.Payload = ByteString.CopyFrom(new byte[262145]));
        yield return Case("encrypted without a type", "encrypted", m => m.Encrypted = "QUJD");
        yield return Case("encrypted with type none", "encrypted", m => (m.EncryptionType, m.Encrypted) = ("none", "QUJD"));
        yield return Case("a type without encrypted", "encrypted", m => m.EncryptionType = "E2E");
        yield return Case("None is a type of its own", "encrypted", m => m.EncryptionType = "None");
        yield return Case(
            "plain beside cipher text", "payload",
            m => (m.EncryptionType, m.Encrypted, m.Payload) = ("E2E", "QUJD", ByteString.CopyFrom(1)));
        yield return Case("encrypted not base64", "base64", m => (m.EncryptionType, m.Encrypted) = ("E2E", "QUJ"));
        yield return Case(
            "encrypted too long", "encrypted", m => (m.EncryptionType, m.Encrypted) = ("E2E", new string('A', 262148)));
        yield return Case("type too long", "encryption_type", m => m.EncryptionType = new string('x', 65));
        yield return Case("signature not base64", "base64", m => m.Signature = "QUJD\n");
        yield return Case("signature too long", "signature", m => m.Signature = new string('A', 8196));
    }

    [TestCaseSource(nameof(Spoilt))]
    public void A_message_that_is_not_valid_is_refused_with_a_reason(string word, Action<Message> spoil)
    {
        var message = Valid();
        spoil(message);
        var refusal = _rules.Check(message);
        Assert.That(refusal?.Code, Is.EqualTo(RefusalCode.InvalidArgument));
        Assert.That(refusal!.ToString(), Does.StartWith("invalid_argument: ").And.Contain(word));
    }

    [Test]
    public void What_is_as_long_as_may_be_passes()
    {
        var message = Valid();
        message.Id = new string('x', 128);
        message.To = new Identity { User = new string('€', 85), Device = new string('x', 255) };
        message.Payload = ByteString.CopyFrom(new byte[262144]);
        message.Signature = new string('A', 8192);
        Assert.That(_rules.Check(message), Is.Null);
    }

    [Test]
    public void Encrypted_content_passes_without_a_payload()
    {
        var message = Valid();
        (message.EncryptionType, message.Encrypted, message.Signature) = ("AES256", "QUI=", "QQ==");
        Assert.That(_rules.Check(message), Is.Null);
    }

    [Test]
    public void An_empty_from_is_as_if_left_out()
    {
        var message = Valid();
        message.From = new Identity();
        Assert.That(_rules.Check(message), Is.Null);
    }

    private static readonly object[] SpoiltSignals =
    [
        new object[] { "negative", new Signal { SignalOffset = -1, SignalAckState = new() { Received = true } } },
        new object[] { "negative", new Signal { UserOffset = -1, SignalAckState = new() { Received = true } } },
        new object[] { "negative", new Signal { SignalOffset = -1, Type = SignalKind.Request } },
        new object[] { "neither", new Signal { Id = "x" } },
        new object[] { "to.user", new Signal { Id = "x", SignalAckState = new() { Read = true } } },
        new object[] { "a read needs", new Signal { To = new() { User = "a" }, SignalAckState = new() { Read = true } } },
        new object[] { "id", new Signal { To = new() { User = "a" }, UserOffset = 1, Status = SignalStatus.Played } },
        new object[] { "id", new Signal { To = new() { User = "a" }, Type = SignalKind.Error, Error = "x" } },
        new object[] { "error", new Signal { Id = "x", To = new() { User = "a" }, Type = SignalKind.Error } },
        new object[] { "to.user", new Signal { Status = SignalStatus.Typing } },
    ];

    [TestCaseSource(nameof(SpoiltSignals))]
    public void A_signal_that_is_not_valid_is_refused_with_a_reason(string words, Signal signal)
    {
        var refusal = _rules.Check(signal, SignalReading.RowOf(signal));
        Assert.That(refusal?.ToString(), Does.StartWith("invalid_argument: ").And.Contain(words));
    }

    private static Message Valid() => new() { Id = "m", To = new Identity { User = "bob" } };
}
