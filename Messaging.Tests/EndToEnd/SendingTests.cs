using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.EndToEnd;

/// <summary>Protocol §4: sending a message.</summary>
[TestFixture]
public sealed class SendingTests : ServerTests
{
    [Test]
    [Protocol("3.1", "3.7", "4.1", "4.7", "4.8", "4.9", "4.26", "5.35", "6.1")]
    public async Task A_message_is_answered_with_its_offsets()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("carol", "before");
        var answer = await alice.AskAsync(ProbeDevice.Text("bob", "m"));

        Assert.That(answer.Timestamp, Is.GreaterThan(1_700_000_000_000));
        answer.Timestamp = 0;
        Assert.That(answer, Is.EqualTo(new Signal
        {
            Id = "m",
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffset = 2,
            UserOffset = 1,
            To = new Identity { User = "bob" },
            SignalAckState = new SignalAckState { Send = true },
            SignalOffsetState = true,
        }));
    }

    [Test]
    [Protocol("2.50", "3.3", "3.5", "3.6", "4.11", "5.8", "9.40")]
    public async Task The_receiver_gets_the_whole_message()
    {
        var alice = await ConnectAsync("alice/phone");
        var sent = new Message
        {
            Id = "m",
            To = new Identity { User = "bob", Device = "tablet" },
            Timestamp = 1_700_000_000_123,
            EncryptionType = "E2E",
            Encrypted = "q83v",
            Signature = "AQID",
        };
        await alice.AskAsync(sent.Clone());
        var bob = await ConnectAsync("bob/phone");
        var message = (await bob.MessagesAsync(1))[0];

        sent.From = new Identity { User = "alice", Device = "phone" };
        (sent.SignalOffset, sent.UserOffset) = (1, 1);
        (sent.SignalType, sent.SignalRequest) = (SignalType.Receiver, SignalRequest.Pull);
        (sent.SignalOffsetState, sent.SignalAckState) = (true, new SignalAckState { Send = true });
        Assert.That(message, Is.EqualTo(sent), "to.device is carried, and every device gets it");
    }

    [Test]
    [Protocol("3.4", "4.2")]
    public async Task What_the_server_owns_is_ignored_in_what_a_client_sends()
    {
        var alice = await ConnectAsync("alice/phone");
        var message = ProbeDevice.Text("bob", "m");
        (message.SignalOffset, message.UserOffset) = (17, 18);
        (message.SignalType, message.SignalRequest) = (SignalType.Device, SignalRequest.Push);
        message.SignalAckState = new SignalAckState { Read = true };
        var answer = await alice.AskAsync(message);
        Assert.That((answer.SignalOffset, answer.UserOffset), Is.EqualTo((1, 1)));

        var received = (await (await ConnectAsync("bob/phone")).MessagesAsync(1))[0];
        Assert.That((received.SignalOffset, received.UserOffset), Is.EqualTo((1, 1)));
        Assert.That(received.SignalAckState, Is.EqualTo(new SignalAckState { Send = true }));
    }

    [Test]
    [Protocol("1.15", "4.3", "4.18", "4.19", "4.31", "4.32", "4.33", "4.34", "4.35", "4.36")]
    public async Task A_repeat_is_answered_alike_on_every_stream_and_device_and_delivered_once()
    {
        var phone = await ConnectAsync("alice/phone");
        var bob = await ConnectReadyAsync("bob/phone");
        var message = ProbeDevice.Text("bob", "m");
        var original = await phone.AskAsync(message);
        await phone.SendAsync("bob", "later");
        var laptop = await ConnectReadyAsync("alice/laptop");

        Assert.That(await phone.RepeatAsync(message), Is.EqualTo(original));
        Assert.That(await laptop.RepeatAsync(message), Is.EqualTo(original));
        await DisconnectAsync(phone);
        var again = await ConnectReadyAsync("alice/phone");
        var spelled = message.Clone();
        (spelled.EncryptionType, spelled.From) = ("none", new Identity { User = "alice" });
        Assert.That(await again.RepeatAsync(spelled), Is.EqualTo(original), "none and empty are the same");

        await phone.DisposeAsync();
        await again.SendAsync("bob", "last");
        Assert.That((await bob.MessagesAsync(3)).Select(one => one.Id), Is.EqualTo(new[] { "m", "later", "last" }));
    }

    [Test]
    [Protocol("4.28", "4.30", "4.39", "9.1", "9.10")]
    public async Task The_same_id_with_other_content_is_an_error()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m", "one");
        var changes = new Action<Message>[]
        {
            message => message.Payload = Google.Protobuf.ByteString.CopyFromUtf8("two"),
            message => message.To.User = "carol",
            message => message.To.Device = "phone",
            message => message.Timestamp++,
            message => message.Signature = "AQID",
        };
        foreach (var change in changes)
        {
            var message = ProbeDevice.Text("bob", "m", "one");
            change(message);
            var answer = await alice.RepeatAsync(message);
            Assert.That(answer.Type, Is.EqualTo(SignalKind.Error));
            Assert.That(answer.Error, Does.StartWith("already_exists: "));
            Assert.That(answer.SignalOffsetState, Is.False);
        }

        Assert.That((await alice.SendAsync("bob", "next")).UserOffset, Is.EqualTo(2));
    }

    [Test]
    [Protocol("3.2", "4.10", "4.12", "4.16")]
    public async Task Other_devices_of_the_sender_get_the_message_and_the_sending_one_its_answer()
    {
        var laptop = await ConnectReadyAsync("alice/laptop");
        var phone = await ConnectAsync("alice/phone");
        await phone.SendAsync("bob", "1");
        await phone.SendAsync("bob", "2");

        var messages = await laptop.MessagesAsync(2);
        Assert.That(messages.Select(message => message.SignalType), Is.All.EqualTo(SignalType.Device));
        Assert.That(messages.Select(message => message.From.Device), Is.All.EqualTo("phone"));
        Assert.That(phone.Messages, Is.Empty);
        Assert.That(phone.Position, Is.EqualTo(2), "two answers delivered both");
    }

    [Test]
    [Protocol("4.17")]
    public async Task On_a_later_stream_own_messages_past_the_cursor_come_as_sender()
    {
        var bob = await ConnectAsync("bob/phone");
        await bob.SendAsync("alice", "first");
        var phone = await ConnectAsync("alice/phone");
        await phone.MessagesAsync(1);
        await phone.SendAsync("bob", "own");
        await DisconnectAsync(phone);

        var again = await ConnectAsync("alice/phone");
        var messages = await again.MessagesAsync(2);
        Assert.That(messages.Select(message => message.Id), Is.EqualTo(new[] { "first", "own" }));
        Assert.That(messages[1].SignalType, Is.EqualTo(SignalType.Sender));
    }

    [Test]
    [Protocol("4.21", "4.22", "4.23", "4.24", "4.25")]
    public async Task A_note_to_oneself_reaches_the_other_devices_and_has_no_receipts()
    {
        var phone = await ConnectAsync("alice/phone");
        var laptop = await ConnectReadyAsync("alice/laptop");
        var answer = await phone.SendAsync("alice", "note");
        Assert.That((answer.SignalOffset, answer.UserOffset), Is.EqualTo((1, 1)));
        var note = (await laptop.MessagesAsync(1))[0];
        Assert.That(note.SignalType, Is.EqualTo(SignalType.Device));

        var read = await laptop.ReadAsync("alice", "note");
        Assert.That((read.SignalOffsetState, read.SignalOffset), Is.EqualTo((true, 0)));
        Assert.That((await laptop.ReadAsync("alice", "nothing")).Error, Does.StartWith("not_found: "));
        Assert.That((await laptop.ReadAsync("alice", upTo: 2)).Error, Does.StartWith("out_of_range: "));
        var played = await laptop.AskAsync(
            new Signal { Id = "note", To = new Identity { User = "alice" }, Status = SignalStatus.Played });
        Assert.That((played.SignalOffsetState, played.SignalOffset), Is.EqualTo((true, 0)));
        await phone.SendAsync("alice", "second");
        await laptop.MessagesAsync(2);
        Assert.That(phone.Receipts, Is.Empty);
        Assert.That(laptop.Receipts, Is.Empty);
    }

    [Test]
    [Protocol("1.9", "1.10", "1.11")]
    public async Task Two_who_write_at_once_see_one_timeline()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        var bob = await ConnectReadyAsync("bob/phone");
        await Task.WhenAll(SendAsync(alice, "bob"), SendAsync(bob, "alice"));
        var aliceSees = await ConnectReadyAsync("alice/laptop");
        var bobSees = await ConnectReadyAsync("bob/laptop");

        var timeline = (await aliceSees.MessagesAsync(200)).Select(message => (message.UserOffset, message.From.User));
        Assert.That((await bobSees.MessagesAsync(200)).Select(message => (message.UserOffset, message.From.User)),
            Is.EqualTo(timeline));
        Assert.That(timeline.Select(message => message.UserOffset), Is.EqualTo(Enumerable.Range(1, 200)));

        static async Task SendAsync(ProbeDevice device, string to)
        {
            for (var i = 0; i < 100; i++)
                await device.UpAsync(new Frame { Message = ProbeDevice.Text(to, $"m-{i}") });
        }
    }

    [Test]
    [Protocol("4.43", "2.53")]
    public async Task Messages_in_flight_are_answered_in_order()
    {
        var alice = await ConnectAsync("alice/phone");
        for (var i = 0; i < 1_000; i++)
            await alice.UpAsync(new Frame { Message = ProbeDevice.Text("bob", $"m-{i}") });
        await alice.Until("all answers", () => alice.Frames.Count == 1_001);

        var answers = alice.Frames.Skip(1).Select(frame => frame.Signal).ToList();
        Assert.That(answers.Select(answer => answer.Id), Is.EqualTo(Enumerable.Range(0, 1_000).Select(i => $"m-{i}")));
        Assert.That(answers.Select(answer => answer.UserOffset), Is.EqualTo(Enumerable.Range(1, 1_000)));
    }

    [Test]
    [Protocol("4.40", "9.6", "9.8", "9.18", "9.32", "9.38", "9.41", "9.42", "9.43")]
    public async Task A_bad_frame_costs_an_error_and_not_the_stream()
    {
        var alice = await ConnectAsync("alice/phone");
        var bad = new (string Code, Action<Message> Spoil)[]
        {
            ("invalid_argument", message => message.To = null),
            ("invalid_argument", message => message.To = new Identity { Device = "phone" }),
            ("invalid_argument", message => message.Encrypted = "AAAA"),
            ("invalid_argument", message => message.EncryptionType = "E2E"),
            ("invalid_argument", message => (message.EncryptionType, message.Encrypted) = ("E2E", "AAAA")),
            ("invalid_argument", message => message.Signature = "not base64!"),
            ("invalid_argument", message => message.Signature = "AAA"),
            ("invalid_argument", message => message.Payload = Google.Protobuf.ByteString.CopyFrom(new byte[(256 * 1024) + 1])),
            ("permission_denied", message => message.From = new Identity { User = "mallory" }),
            ("permission_denied", message => message.From = new Identity { User = "alice", Device = "laptop" }),
        };
        foreach (var (code, spoil) in bad)
        {
            var message = ProbeDevice.Text("bob", "m");
            spoil(message);
            var answer = await alice.AskAsync(message);
            Assert.That(answer.Type, Is.EqualTo(SignalKind.Error), answer.ToString());
            Assert.That(answer.Error, Does.StartWith($"{code}: "));
            Assert.That(answer.SignalOffsetState, Is.False);
        }

        var taken = await alice.AskAsync(ProbeDevice.Text("bob", "m"));
        Assert.That(taken.SignalOffsetState, Is.True, "a refused message has not used up its id");
        Assert.That((taken.SignalOffset, taken.UserOffset), Is.EqualTo((1, 1)));
    }

    [Test]
    [Protocol("8.6", "9.7", "9.19", "9.30")]
    public async Task A_frame_without_a_body_or_with_an_unusable_id_is_answered_without_one()
    {
        var alice = await ConnectAsync("alice/phone");
        foreach (var frame in new[]
        {
            new Frame(),
            new Frame { Message = ProbeDevice.Text("bob", "") },
            new Frame { Message = ProbeDevice.Text("bob", new string('x', 129)) },
            new Frame { Message = ProbeDevice.Text("bob", "a\u0007b") },
            new Frame { Signal = new Signal() },
        })
        {
            var before = alice.Frames.Count;
            await alice.UpAsync(frame);
            await alice.Until("an error", () => alice.Frames.Count > before);
            var answer = alice.Frames[before].Signal;
            Assert.That(answer.Type, Is.EqualTo(SignalKind.Error), frame.ToString());
            Assert.That(answer.Error, Does.StartWith("invalid_argument: "));
            Assert.That(answer.Id, Is.Empty);
        }

        Assert.That((await alice.SendAsync("bob", "m")).SignalOffsetState, Is.True);
    }
}
