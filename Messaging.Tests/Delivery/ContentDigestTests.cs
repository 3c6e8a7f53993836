using Google.Protobuf;
using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Delivery;

public sealed class ContentDigestTests
{
    private static readonly Action<Message>[] Changes =
    [
        m => m.To.User = "carol",
        m => m.To.Device = "phone",
        m => m.Timestamp = 8,
        m => m.Payload = ByteString.CopyFromUtf8("hellO"),
        m => m.EncryptionType = "E2E",
        m => m.Encrypted = "QUJD",
        m => m.Signature = "QUJD",
        m => (m.To.User, m.To.Device) = ("bo", "b"),
        m => (m.EncryptionType, m.Encrypted) = ("x", "none"),
        m => (m.Encrypted, m.Signature) = ("QUJDQUJD", ""),
    ];

    [Test]
    public void Any_content_changes_it([Range(0, 9)] int change)
    {
        var message = Sample();
        Changes[change](message);
        Assert.That(ContentDigest.Of(message), Is.Not.EqualTo(ContentDigest.Of(Sample())));
    }

    [Test]
    public void None_and_no_type_are_the_same()
    {
        var (none, empty) = (Sample(), Sample());
        none.EncryptionType = "none";
        Assert.That(ContentDigest.Of(none), Is.EqualTo(ContentDigest.Of(empty)));
    }

    [Test]
    public void What_is_not_content_does_not_count()
    {
        var message = Sample();
        message.Id = "other";
        message.From = new Identity { User = "alice" };
        message.SignalOffset = 9;
        message.SignalAckState = new SignalAckState { Read = true };
        Assert.That(ContentDigest.Of(message), Is.EqualTo(ContentDigest.Of(Sample())));
    }

    [Test]
    public void It_stays_what_it_was_for_it_is_kept_for_ever() =>
        Assert.That(ContentDigest.Of(Sample()), Is.EqualTo(new MessageDigest(15004775768480703259, 16575036706411289744)));

    [Test]
    public void It_is_the_same_however_long_the_message([Values(10, 900, 5000, 262144)] int length)
    {
        var one = Sample();
        one.Payload = ByteString.CopyFrom(new byte[length]);
        Assert.That(ContentDigest.Of(one), Is.EqualTo(ContentDigest.Of(one.Clone())));
    }

    private static Message Sample() => new()
    {
        Id = "m",
        To = new Identity { User = "bob" },
        Timestamp = 7,
        Payload = ByteString.CopyFromUtf8("hello"),
    };
}
