using Google.Protobuf;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>§9: what the content of a message may be.</summary>
[TestFixture]
public sealed class Section09_Content : SectionTests
{
    [Test]
    [Protocol("9.38")]
    public async Task Encrypted_and_signature_are_base64_with_padding_and_nothing_else()
    {
        var alice = await ConnectAsync("alice/phone");
        var number = 0;
        foreach (var text in new[] { "QQ==", "QUI=", "QUJD", "+/+/", "QUJDQQ==" })
        {
            Accepted(await alice.AskAsync(Signed(text)));
            Accepted(await alice.AskAsync(Encrypted("E2E", text)));
        }

        foreach (var text in new[]
        {
            "Q", "QQ", "QQ=", "QUI", "QUJD=", "Q===", "====", "=QUJ", "QQ==QUJD", "-_-_", "QUJD\n", "QU JD", "QUJ\u0000", "QUJż",
            "QR==", "QUJ=",
        })
        {
            Refused(await alice.AskAsync(Signed(text)), "invalid_argument");
            Refused(await alice.AskAsync(Encrypted("E2E", text)), "invalid_argument");
        }

        Message Signed(string text)
        {
            var message = ProbeDevice.Text("bob", $"m-{++number}");
            message.Signature = text;
            return message;
        }

        Message Encrypted(string type, string text) => Section09_Content.Encrypted($"m-{++number}", type, text);
    }

    [Test]
    [Protocol("9.39")]
    public async Task In_the_encryption_type_case_counts()
    {
        var alice = await ConnectAsync("alice/phone");
        foreach (var type in new[] { "None", "NONE", "none " })
        {
            var plain = ProbeDevice.Text("bob", "m");
            plain.EncryptionType = type;
            Refused(await alice.AskAsync(plain), "invalid_argument");
            Accepted(await alice.AskAsync(Encrypted($"of {type}", type, "QUJD")));
        }

        Accepted(await alice.AskAsync(Encrypted("m", "E2E", "QUJD")));
        Refused(await alice.RepeatAsync(Encrypted("m", "e2e", "QUJD")), "already_exists");
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(long.MinValue)]
    [TestCase(long.MaxValue)]
    [Protocol("9.40")]
    public async Task A_timestamp_is_carried_and_not_checked(long timestamp)
    {
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectAsync("bob/phone");
        var message = ProbeDevice.Text("bob", "m");
        message.Timestamp = timestamp;
        Assert.That(Accepted(await alice.AskAsync(message)).Timestamp, Is.GreaterThan(1_700_000_000_000));

        Assert.That((await bob.MessagesAsync(1))[0].Timestamp, Is.EqualTo(timestamp));
    }

    [TestCase("")]
    [TestCase("none")]
    [Protocol("9.41")]
    public async Task Without_encryption_encrypted_must_be_empty(string type)
    {
        var alice = await ConnectAsync("alice/phone");
        Refused(await alice.AskAsync(Encrypted("m", type, "QUJD")), "invalid_argument");
        var both = ProbeDevice.Text("bob", "m");
        (both.EncryptionType, both.Encrypted) = (type, "QUJD");
        Refused(await alice.AskAsync(both), "invalid_argument");

        var plain = ProbeDevice.Text("bob", "m");
        plain.EncryptionType = type;
        Accepted(await alice.AskAsync(plain));
    }

    [TestCase("AES256")]
    [TestCase("E2E")]
    [TestCase("CUSTOM")]
    [TestCase("x")]
    [Protocol("9.42", "9.43")]
    public async Task With_encryption_encrypted_must_be_there_and_the_payload_empty(string type)
    {
        var alice = await ConnectAsync("alice/phone");
        Refused(await alice.AskAsync(Encrypted("m", type, "")), "invalid_argument");
        var plain = ProbeDevice.Text("bob", "m");
        plain.EncryptionType = type;
        Refused(await alice.AskAsync(plain), "invalid_argument");
        plain.Encrypted = "QUJD";
        Refused(await alice.AskAsync(plain), "invalid_argument");

        Accepted(await alice.AskAsync(Encrypted("m", type, "QUJD")));
        Assert.That(await HeadAsync("bob"), Is.EqualTo(1));
    }

    private static Message Encrypted(string id, string type, string text)
    {
        var message = ProbeDevice.Text("bob", id);
        (message.Payload, message.EncryptionType, message.Encrypted) = (ByteString.Empty, type, text);
        return message;
    }
}
