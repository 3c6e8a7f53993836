using Google.Protobuf;
using Grpc.Core;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>§9: every limit at its edge and one past it.</summary>
[TestFixture]
public sealed class Section09_Limits : SectionTests
{
    // In UTF-8 one, two, three and four bytes.
    private static readonly string[] Letters = ["x", "ż", "€", "🙂"];

    [Test]
    [Protocol("9.30")]
    public async Task An_id_is_1_to_128_bytes()
    {
        var alice = await ConnectAsync("alice/phone");
        foreach (var id in Edge(128).Append("y"))
        {
            Assert.That(Accepted(await alice.SendAsync("bob", id)).Id, Is.EqualTo(id));
            Accepted(await alice.AskAsync(Status("bob", SignalStatus.Typing, id)));
        }

        foreach (var id in Past(128).Append(""))
            Refused(await NextAsync(alice, new Frame { Message = ProbeDevice.Text("bob", id) }), "invalid_argument");
        foreach (var id in Past(128))
            Refused(await NextAsync(alice, Status("bob", SignalStatus.Typing, id)), "invalid_argument");
    }

    [Test]
    [Protocol("9.31")]
    public async Task A_user_or_a_device_is_1_to_255_bytes_in_frames_and_headers()
    {
        var alice = await ConnectAsync("alice/phone");
        var number = 0;
        foreach (var name in Edge(255))
        {
            Accepted(await alice.AskAsync(To(name, name)));
            Accepted(await alice.AskAsync(Status(name, SignalStatus.Typing, "s", name)));
            var named = await ConnectAsync($"{name}/{name}");
            var message = (await named.MessagesAsync(1))[0];
            Assert.That((message.To.User, message.To.Device), Is.EqualTo((name, name)));
        }

        foreach (var name in Past(255))
        {
            Refused(await alice.AskAsync(To(name, "")), "invalid_argument");
            Refused(await alice.AskAsync(To("bob", name)), "invalid_argument");
            Refused(await alice.AskAsync(Status(name, SignalStatus.Typing, "s")), "invalid_argument");
            Refused(await alice.AskAsync(Status("bob", SignalStatus.Typing, "s", name)), "invalid_argument");
            foreach (var (user, device) in new[] { (name, "phone"), ("alice", name) })
            {
                var refused = await RefusedAsync(With(
                    ("messaging-user", Uri.EscapeDataString(user)), ("messaging-device", Uri.EscapeDataString(device))));
                Assert.That(refused.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
            }
        }

        Message To(string user, string device)
        {
            var message = ProbeDevice.Text(user, $"m-{++number}");
            message.To.Device = device;
            return message;
        }
    }

    [Test]
    [Protocol("9.32", "9.33", "9.34", "9.35")]
    public async Task Contents_pass_up_to_their_limit_and_not_past_it()
    {
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectReadyAsync("bob/phone");
        var limits = new (Action<Message> Edge, Action<Message> Past)[]
        {
            (message => message.Payload = Bytes(256 * 1024), message => message.Payload = Bytes((256 * 1024) + 1)),
            (message => Encrypt(message, "E2E", 256 * 1024), message => Encrypt(message, "E2E", (256 * 1024) + 4)),
            (message => message.Signature = Base64(8 * 1024), message => message.Signature = Base64((8 * 1024) + 4)),
            (message => Encrypt(message, new string('x', 64), 4), message => Encrypt(message, new string('x', 65), 4)),
            (message => Encrypt(message, new string('€', 21), 4), message => Encrypt(message, new string('€', 22), 4)),
            (message => message.Payload = ByteString.Empty, message => (message.Payload, message.EncryptionType) = (ByteString.Empty, "E2E")),
        };
        var number = 0;
        foreach (var (edge, past) in limits)
        {
            var message = ProbeDevice.Text("bob", $"m-{++number}");
            edge(message);
            Accepted(await alice.AskAsync(message));
            var got = (await bob.MessagesAsync(number))[^1];
            Assert.That(
                (got.Payload, got.Encrypted, got.EncryptionType, got.Signature),
                Is.EqualTo((message.Payload, message.Encrypted, message.EncryptionType, message.Signature)));

            var tooMuch = ProbeDevice.Text("bob", "too much");
            past(tooMuch);
            Refused(await alice.AskAsync(tooMuch), "invalid_argument");
        }
    }

    [Test]
    [Protocol("9.36")]
    public async Task A_reported_error_is_at_most_1_KiB()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        await SendManyAsync(alice, "bob", 4);
        var bob = await ConnectWithMessagesAsync("bob/phone", 4);
        var number = 0;
        foreach (var error in Edge(1024))
        {
            Accepted(await bob.AskAsync(Report("alice", $"m-{++number}", error)));
            Assert.That((await alice.ReceiptsAsync(number))[^1].Error, Is.EqualTo(error));
        }

        foreach (var error in Past(1024))
            Refused(await bob.AskAsync(Report("alice", "m-1", error)), "invalid_argument");
    }

    [Test]
    [Protocol("9.37")]
    public async Task Control_characters_are_Cc_and_the_two_separators_and_no_others()
    {
        var alice = await ConnectAsync("alice/phone");
        var controls = Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Concat([0x2028, 0x2029]).ToList();
        foreach (var text in controls.Select(code => $"a{(char)code}b"))
        {
            var inDevice = ProbeDevice.Text("bob", "m");
            inDevice.To.Device = text;
            Refused(await NextAsync(alice, new Frame { Message = ProbeDevice.Text("bob", text) }), "invalid_argument");
            Refused(await alice.AskAsync(ProbeDevice.Text(text, "m")), "invalid_argument");
            Refused(await alice.AskAsync(inDevice), "invalid_argument");
            Refused(await NextAsync(alice, Status("bob", SignalStatus.Typing, text)), "invalid_argument");
            await SettleAsync(alice);
        }

        // A soft hyphen, a joiner, a byte order mark, a private one, a tag, a combining one, a space: none is Cc.
        foreach (var other in new[] { "\u00AD", "\u200D", "\uFEFF", "\uE000", "\U000E0041", "\u0301", " " })
            Accepted(await alice.SendAsync($"a{other}b", $"m{other}"));
    }

    private static IEnumerable<string> Edge(int bytes) => Letters.Select(letter => Fill(letter, bytes));

    private static IEnumerable<string> Past(int bytes) => Letters.Select(letter => Fill(letter, bytes + 1));

    /// <summary>Text of so many bytes, as much of it as can be in one letter.</summary>
    private static string Fill(string letter, int bytes)
    {
        var each = System.Text.Encoding.UTF8.GetByteCount(letter);
        return string.Concat(Enumerable.Repeat(letter, bytes / each)) + new string('y', bytes % each);
    }

    private static ByteString Bytes(int count) => ByteString.CopyFrom(new byte[count]);

    private static string Base64(int characters) => new('A', characters);

    private static void Encrypt(Message message, string type, int characters) =>
        (message.Payload, message.EncryptionType, message.Encrypted) = (ByteString.Empty, type, Base64(characters));
}
