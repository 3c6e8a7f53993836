using System.Security.Cryptography;
using CsCheck;
using Messaging.Client;
using Messaging.Client.Protection;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client.Protection;

internal sealed class SigningProtectorTests
{
    private const string Encrypted =
        "AQJrMSAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/QEFCQ0RFRkdISUpLFVQW13kpgt3uraHExtTQuEei6nSBbmbiYug=";

    private const string Private =
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyChRANCAARRXD1uueOWuQTT/sp/VP3NDMHpl783XcpRWtCmw7QDX0U2vjpQ8xj7+aVHWQKiIVAr7w1X4IxTsswKVvF9n5NU";

    private const string Public =
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEUVw9brnjlrkE0/7Kf1T9zQzB6Ze/N13KUVrQpsO0A19FNr46UPMY+/mlR1kCoiFQK+8NV+CMU7LMClbxfZ+TVA==";

    private const string SignedInTheClear =
        "000000126d6573736167696e672e76312f45533235360000000401027331000000026d3100000005616c6963650000000570686f6e6500000003626f6200000000000000080000019b76daa80000000000000000000000000a48656c6c6f2c20426f62";

    private const string Signature =
        "AQJzMaFzF6W/aX8aAxu67w9/QbbVJgNI69KMDRJ4YByyPh9PEGRVKDopVntvA48Uqf2xR3iiq31FVv2ihfagtKA14EQ=";

    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly DeviceKeys Keys = new(new("alice", "phone"), "s1", Convert.FromBase64String(Private));
    private static readonly SigningProtector Clear = new(Keys);

    [Test]
    public void Fixed_bytes_are_signed_and_a_fixed_signature_holds_as_the_page_has_them()
    {
        var page = File.ReadAllText(Path.Combine(SourceFolder.Path, "docs/encryption.md"));
        var bob = new SigningProtector(Keys, new AesGcmProtector(new KnownKeys().Add("alice", "k1", Key)));
        var content = new MessageContent { EncryptionType = "AES256", Encrypted = Encrypted, Signature = Signature };

        Assert.That(Convert.ToHexStringLower(SigningProtector.SignedBytes(Envelopes.Hello, KeyHeaderOf("s1"))),
            Is.EqualTo(SignedInTheClear));
        Assert.That(bob.Open(Envelopes.Hello.With(content)).Text(), Is.EqualTo("Hello, Bob"));
        Assert.That(Convert.ToBase64String(Keys.FindPublic(new("alice", "phone"), "s1")!), Is.EqualTo(Public));
        foreach (var text in new[] { Private, Public, SignedInTheClear, Signature })
            Assert.That(page, Does.Contain(text));
    }

    [Test]
    public void Any_message_is_signed_and_holds_with_no_bit_or_bound_field_changed() =>
        Gen.Select(Envelopes.Any, Gen.Int[0, 100_000], Gen.Bool).Sample((message, bit, isEncrypted) =>
        {
            var keys = new AnySender(Keys);
            var alice = new SigningProtector(
                keys, isEncrypted ? new AesGcmProtector(new KnownKeys().Add("bob", "k1", Key)) : null);
            // What is not checked before it is decrypted would be found here.
            var checks = new SigningProtector(keys);
            var content = alice.Protect(message);
            var came = message.With(content);

            Assert.That(() => checks.Open(came), Throws.Nothing);
            foreach (var (what, altered) in Envelopes.Altered(came))
                AssertUnusable(checks, altered, what);
            AssertUnusable(checks, came with
            {
                Content = content with { Signature = Envelopes.FlipBit(content.Signature, bit) },
            });
            AssertUnusable(checks, came with { Content = content with { EncryptionType = content.EncryptionType + "x" } });
            if (isEncrypted)
            {
                AssertUnusable(checks, came with
                {
                    Content = content with { Encrypted = Envelopes.FlipBit(content.Encrypted, bit) },
                });
            }
            else if (message.Content.Payload.Length > 0)
            {
                var payload = message.Content.Payload.ToArray();
                payload[bit / 8 % payload.Length] ^= (byte)(1 << bit % 8);
                AssertUnusable(checks, came with { Content = content with { Payload = payload } });
            }
        }, iter: 100, threads: 1);

    [Test]
    public void A_message_without_a_signature_or_with_a_short_one_does_not_open()
    {
        AssertUnusable(Clear, Envelopes.Hello);
        AssertUnusable(Clear, Envelopes.Hello with { Content = Envelopes.Hello.Content with { Signature = "no base64!" } });
        var content = Clear.Protect(Envelopes.Hello);
        var bytes = Convert.FromBase64String(content.Signature);
        for (var length = 0; length < bytes.Length; length++)
        {
            AssertUnusable(Clear, Envelopes.Hello.With(content with
            {
                Signature = Convert.ToBase64String(bytes, 0, length),
            }));
        }
    }

    [Test]
    public void A_signature_of_another_device_or_another_key_is_not_the_senders()
    {
        var mallory = new SigningProtector(new DeviceKeys(new("mallory", "phone"), "s1", DeviceKeys.NewKey(), Keys));
        var other = new SigningProtector(new DeviceKeys(new("alice", "phone"), "s2", DeviceKeys.NewKey()));

        Assert.That(() => Clear.Open(Envelopes.Hello.With(mallory.Protect(Envelopes.Hello))),
            Throws.TypeOf<MessageUnusableException>().With.Message.EqualTo("its signature is wrong"));
        Assert.That(() => Clear.Open(Envelopes.Hello.With(other.Protect(Envelopes.Hello))),
            Throws.TypeOf<MessageUnusableException>()
                .With.Message.EqualTo("it is signed with a key that is not known here"));
    }

    [Test]
    public void A_key_on_another_curve_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.That(() => new SigningKey("s1", key.ExportPkcs8PrivateKey()), Throws.ArgumentException);
    }

    private static byte[] KeyHeaderOf(string id) => [1, (byte)id.Length, .. System.Text.Encoding.UTF8.GetBytes(id)];

    private static void AssertUnusable(SigningProtector protector, MessageEnvelope message, string what = "") =>
        Assert.That(() => protector.Open(message), Throws.TypeOf<MessageUnusableException>(), what);

    // Whoever seems to have sent it has alice's key, so that nothing but the signature tells.
    private sealed class AnySender(DeviceKeys keys) : ISigningKeys
    {
        public SigningKey GetOwn() => keys.GetOwn();

        public byte[]? FindPublic(Identity from, string keyId) => keys.FindPublic(new("alice", "phone"), keyId);
    }
}
