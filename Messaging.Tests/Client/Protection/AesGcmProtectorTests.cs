using CsCheck;
using Messaging.Client.Protection;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client.Protection;

internal sealed class AesGcmProtectorTests
{
    private const string Vector =
        "AQJrMSAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/QEFCQ0RFRkdISUpLFVQW13kpgt3uraHExtTQuEei6nSBbmbiYug=";

    private const string EmptyVector =
        "AQJrMSAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/QEFCQ0RFRkdISUpLUly0dmTxg06u31vnSJ7h3g==";

    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly AesGcmProtector Alice = new(new KnownKeys().Add("bob", "k1", Key));
    private static readonly AesGcmProtector Bob = new(new KnownKeys().Add("alice", "k1", Key));

    [TestCase("Hello, Bob", Vector)]
    [TestCase("", EmptyVector)]
    public void Fixed_bytes_come_of_fixed_bytes_as_the_page_has_them(string text, string encrypted)
    {
        var alice = new AesGcmProtector(new KnownKeys().Add("bob", "k1", Key), CountUp);
        var plain = Envelopes.Hello with { Content = new() { Payload = System.Text.Encoding.UTF8.GetBytes(text) } };

        var content = alice.Protect(plain);

        Assert.That(content, Is.EqualTo(new MessageContent { EncryptionType = "AES256", Encrypted = encrypted }));
        Assert.That(Bob.Open(plain.With(content)).Text(), Is.EqualTo(text));
        Assert.That(File.ReadAllText(Path.Combine(SourceFolder.Path, "docs/encryption.md")), Does.Contain(encrypted));

        static void CountUp(Span<byte> bytes)
        {
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = (byte)(0x20 + i);
        }
    }

    [Test]
    public void What_is_protected_twice_never_looks_the_same()
    {
        var first = Alice.Protect(Envelopes.Hello);
        var second = Alice.Protect(Envelopes.Hello);

        Assert.That(second.Encrypted, Is.Not.EqualTo(first.Encrypted));
        Assert.That(Bob.Open(Envelopes.Hello.With(first)).Text(), Is.EqualTo("Hello, Bob"));
        Assert.That(Bob.Open(Envelopes.Hello.With(second)).Text(), Is.EqualTo("Hello, Bob"));
    }

    [Test]
    public void Any_message_opens_as_it_was_and_not_with_any_bit_or_bound_field_changed() =>
        Gen.Select(Envelopes.Any, Gen.Int[0, 100_000]).Sample((message, bit) =>
        {
            var content = Alice.Protect(message);
            // The keys are found by the conversation, which an altered sender must not hide.
            var bob = new AesGcmProtector(new AnyPeer(Key));
            var came = message.With(content);

            Assert.That(bob.Open(came).Payload.ToArray(), Is.EqualTo(message.Content.Payload.ToArray()));
            AssertUnusable(bob, came with
            {
                Content = content with { Encrypted = Envelopes.FlipBit(content.Encrypted, bit) },
            });
            foreach (var (what, altered) in Envelopes.Altered(came))
                AssertUnusable(bob, altered, what);
        }, iter: 300, threads: 1);

    [Test]
    public void A_message_that_is_cut_short_does_not_open()
    {
        var content = Alice.Protect(Envelopes.Hello);
        var bytes = Convert.FromBase64String(content.Encrypted);
        for (var length = 0; length < bytes.Length; length++)
        {
            AssertUnusable(Bob, Envelopes.Hello.With(content with
            {
                Encrypted = Convert.ToBase64String(bytes, 0, length),
            }));
        }
    }

    [Test]
    public void Another_key_and_an_unknown_id_do_not_open()
    {
        var came = Envelopes.Hello.With(Alice.Protect(Envelopes.Hello));
        var other = new AesGcmProtector(new KnownKeys().Add("alice", "k1", new byte[32]));
        var unknown = new AesGcmProtector(new KnownKeys().Add("alice", "k2", Key));

        Assert.That(() => other.Open(came),
            Throws.TypeOf<MessageUnusableException>().With.Message.EqualTo("it does not decrypt"));
        Assert.That(() => unknown.Open(came), Throws.TypeOf<MessageUnusableException>()
            .With.Message.EqualTo("it is encrypted with a key that is not known here"));
    }

    [Test]
    public void Keys_rotate_and_former_messages_still_open()
    {
        var newer = new byte[32];
        var came = Envelopes.Hello.With(Alice.Protect(Envelopes.Hello));
        var alice = new AesGcmProtector(new KnownKeys().Add("bob", "k1", Key).Add("bob", "k2", newer));
        var bob = new AesGcmProtector(new KnownKeys().Add("alice", "k1", Key).Add("alice", "k2", newer));
        var rotated = alice.Protect(Envelopes.Hello);

        Assert.That(bob.Open(came).Text(), Is.EqualTo("Hello, Bob"));
        Assert.That(bob.Open(Envelopes.Hello.With(rotated)).Text(), Is.EqualTo("Hello, Bob"));
        AssertUnusable(Bob, Envelopes.Hello.With(rotated));
    }

    [TestCase("", "")]
    [TestCase("none", "")]
    [TestCase("aes256", Vector)]
    [TestCase("E2E", Vector)]
    [TestCase("AES256", "")]
    [TestCase("AES256", "no base64!")]
    [TestCase("AES256", "AgJrMSAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/QEFCQ0RFRkdISUpLFVQW13kpgt3uraHExtTQuEei6nSBbmbiYug=")]
    public void What_is_encrypted_otherwise_or_not_at_all_does_not_open(string type, string encrypted) =>
        AssertUnusable(Bob, Envelopes.Hello.With(new()
        {
            Payload = type is "AES256" ? default : "Hello, Bob"u8.ToArray(), EncryptionType = type, Encrypted = encrypted,
        }));

    [Test]
    public void A_key_has_32_bytes_an_id_and_does_not_show_itself()
    {
        Assert.That(() => new ConversationKey("k1", new byte[31]), Throws.ArgumentException);
        Assert.That(() => new ConversationKey("", Key), Throws.ArgumentException);
        Assert.That(() => new ConversationKey(new string('k', 65), Key), Throws.ArgumentException);
        Assert.That(new ConversationKey("k1", Key).ToString(), Is.EqualTo("k1"));
    }

    private static void AssertUnusable(AesGcmProtector protector, MessageEnvelope message, string what = "") =>
        Assert.That(() => protector.Open(message), Throws.TypeOf<MessageUnusableException>(), what);

    private sealed class AnyPeer(byte[] key) : IConversationKeys
    {
        public ConversationKey GetCurrent(string peer) => throw new NotSupportedException("It only opens.");

        public ConversationKey? Find(string peer, string keyId) =>
            keyId == "k1" ? new ConversationKey(keyId, key) : null;
    }
}
