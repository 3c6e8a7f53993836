using Google.Protobuf;
using Messaging.Tests.Support;
using Messaging.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §4: what a message is, what it becomes, and its answer.</summary>
[TestFixture]
public sealed class Section04_Sending : ProtocolTests
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    private protected override void Configure(WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<TimeProvider>(time);

    [Test]
    [Protocol("4.1", "4.10", "4.11", "5.8")]
    public async Task A_message_reaches_the_other_devices_as_it_was_sent()
    {
        var laptop = await ConnectAsync("alice/laptop");
        var bob = await ConnectAsync("bob/phone");
        var alice = await ConnectAsync("alice/phone");
        Message[] messages =
        [
            ProbeDevice.Text("bob", "plain"),
            new() { Id = "empty", To = new Identity { User = "bob" } },
            new() { Id = "signed", To = new Identity { User = "bob", Device = "x" }, Payload = ByteString.CopyFrom(0, 255), Signature = "AQID" },
            new() { Id = "sealed", To = new Identity { User = "bob" }, Timestamp = -1, EncryptionType = "E2E", Encrypted = "q83v", Signature = "AA==" },
        ];
        foreach (var message in messages)
            Assert.That((await alice.AskAsync(message.Clone())).SignalOffsetState, Is.True, message.Id);

        foreach (var (device, role) in new[] { (laptop, SignalType.Device), (bob, SignalType.Receiver) })
        {
            var got = await device.MessagesAsync(messages.Length);
            for (var i = 0; i < messages.Length; i++)
            {
                var expected = messages[i].Clone();
                expected.From = new Identity { User = "alice", Device = "phone" };
                (expected.SignalOffset, expected.UserOffset, expected.SignalType) = (i + 1, i + 1, role);
                (expected.SignalRequest, expected.SignalOffsetState) = (SignalRequest.Push, true);
                expected.SignalAckState = new SignalAckState { Send = true };
                Assert.That(got[i], Is.EqualTo(expected));
            }
        }
    }

    [Test]
    [Protocol("4.2")]
    public async Task What_the_server_owns_is_ignored_going_up()
    {
        var alice = await ConnectAsync("alice/phone");
        var plain = ProbeDevice.Text("bob", "m");
        var dressed = plain.Clone();
        (dressed.SignalOffset, dressed.UserOffset, dressed.SignalOffsetState) = (-7, int.MaxValue, true);
        (dressed.SignalRequest, dressed.SignalAckState) = (SignalRequest.Push, new SignalAckState { Read = true, Received = true });

        var answer = await alice.AskAsync(dressed);
        Assert.That((answer.SignalOffset, answer.UserOffset), Is.EqualTo((1, 1)));
        Assert.That(await alice.RepeatAsync(plain), Is.EqualTo(answer), "it is the same message");
        var got = (await (await ConnectAsync("bob/phone")).MessagesAsync(1))[0];
        Assert.That((got.SignalOffset, got.UserOffset, got.SignalRequest), Is.EqualTo((1, 1, SignalRequest.Pull)));
        Assert.That(got.SignalAckState, Is.EqualTo(new SignalAckState { Send = true }));
    }

    [TestCase(null, null, true)]
    [TestCase("", "", true)]
    [TestCase("alice", "", true)]
    [TestCase("alice", "phone", true)]
    [TestCase("alice", "laptop", false)]
    [TestCase("Alice", "phone", false)]
    [TestCase("bob", "", false)]
    [Protocol("4.3")]
    public async Task From_is_the_caller_or_left_out(string? user, string? device, bool isTaken)
    {
        var alice = await ConnectAsync("alice/phone");
        var message = ProbeDevice.Text("bob", "m");
        message.From = user is null ? null : new Identity { User = user, Device = device };
        var answer = await alice.AskAsync(message);

        Assert.That((answer.SignalOffsetState, Code(answer)), Is.EqualTo((isTaken, isTaken ? "" : "permission_denied")));
        if (isTaken)
        {
            var bob = await ConnectAsync("bob/phone");
            Assert.That((await bob.MessagesAsync(1))[0].From, Is.EqualTo(new Identity { User = "alice", Device = "phone" }));
        }
    }

    [Test]
    [Protocol("4.4", "4.5", "4.7", "4.8", "4.9")]
    public async Task The_answer_says_where_the_message_stands_and_since_when()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("carol", "before");
        time.Advance(TimeSpan.FromMilliseconds(6));
        var message = ProbeDevice.Text("bob", "m");
        message.To.Device = "tablet";

        Assert.That(await alice.AskAsync(message), Is.EqualTo(new Signal
        {
            Id = "m",
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffset = 2,
            UserOffset = 1,
            Timestamp = time.GetUtcNow().ToUnixTimeMilliseconds(),
            To = new Identity { User = "bob", Device = "tablet" },
            SignalAckState = new SignalAckState { Send = true },
            SignalOffsetState = true,
        }));
        Assert.That((await ConnectAsync("alice/laptop")).Head, Is.EqualTo(2));
        Assert.That((await ConnectAsync("bob/phone")).Head, Is.EqualTo(1));
    }

    [Test]
    [Protocol("4.6")]
    public async Task A_message_that_is_refused_has_left_nothing_behind()
    {
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectAsync("bob/phone");
        var rows = LedgerEdit.Ask(Server.LedgerPath, "SELECT count(*) FROM journal");
        await using (await Server.OccupyStoreAsync())
        {
            foreach (var to in new[] { "bob", "somebody new", "alice" })
                Assert.That(Code(await alice.SendAsync(to, $"to {to}")), Is.EqualTo("unavailable"));
        }

        Assert.That(LedgerEdit.Ask(Server.LedgerPath, "SELECT count(*) FROM journal"), Is.EqualTo(rows));
        Assert.That(LedgerEdit.Ask(Server.LedgerPath, "SELECT count(*) FROM user"), Is.EqualTo(2));
        Assert.That(await SoFarAsync(bob, behind: 1), Is.Empty);
        var answer = await alice.SendAsync("bob", "to bob");
        Assert.That((answer.SignalOffset, answer.UserOffset), Is.EqualTo((1, 1)), "no offset was used up");
        await bob.MessagesAsync(1);
    }

    [Test]
    [Protocol("4.12", "4.13", "4.16")]
    public async Task The_answer_is_the_delivery_of_the_senders_own_entry()
    {
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "1"));
        for (var i = 1; i <= 5; i++)
            Assert.That((await bob.SendAsync("alice", $"own-{i}")).SignalOffset, Is.EqualTo(i));
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");

        Assert.That((await bob.MessagesAsync(1))[0].SignalOffset, Is.EqualTo(6), "five answers took no place in the window");
        Assert.That((await bob.AcknowledgeAsync(0)).SignalOffset, Is.EqualTo(5), "the cursor went along");
        await DisconnectAsync(bob);
        bob = await ConnectAsync("bob/phone");
        Assert.That((await bob.MessagesAsync(1)).Select(message => message.Id), Is.EqualTo(new[] { "m" }));
    }

    [Test]
    [Protocol("4.14", "4.15")]
    public async Task The_first_answer_comes_before_what_is_behind_it_and_perhaps_ahead_of_what_is_not()
    {
        const int Count = 300;
        var alice = await ConnectReadyAsync("alice/phone");
        var bob = await ConnectReadyAsync("bob/phone");
        await Task.WhenAll(SendAsync(alice, "bob"), SendAsync(bob, "alice"));

        // The probe holds each answer against the entries before it, and its position against the answers.
        foreach (var device in new[] { alice, bob })
            await device.Until("everything", () => device.Messages.Count == Count && device.Position >= 2 * Count);

        var carol = await ConnectAsync("carol/phone", ("messaging-window", "1"));
        for (var i = 1; i <= 3; i++)
            await alice.SendAsync("carol", $"to-carol-{i}");
        await carol.MessagesAsync(1);
        Assert.That((await carol.SendAsync("alice", "ahead")).SignalOffset, Is.EqualTo(4));
        Assert.That(carol.Position, Is.EqualTo(1), "it counts when its turn comes");

        static async Task SendAsync(ProbeDevice device, string to)
        {
            for (var i = 0; i < Count; i++)
                await device.UpAsync(Up(ProbeDevice.Text(to, $"m-{i}")));
        }
    }

    [Test]
    [Protocol("4.17", "4.18", "4.19")]
    public async Task On_a_later_stream_own_entries_come_and_the_answer_to_a_repeat_is_none_of_them()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "first");
        var bob = await ConnectAsync("bob/phone", ("messaging-window", "1"));
        await bob.MessagesAsync(1);
        var own = await bob.SendAsync("alice", "own");
        await DisconnectAsync(bob);

        bob = await ConnectAsync("bob/phone", ("messaging-window", "1"));
        Assert.That(await bob.RepeatAsync(ProbeDevice.Text("alice", "own")), Is.EqualTo(own));
        await bob.MessagesAsync(1);
        await bob.AcknowledgeAsync(1);
        var entry = (await bob.MessagesAsync(2))[1];
        Assert.That((entry.Id, entry.SignalOffset, entry.SignalType), Is.EqualTo(("own", 2, SignalType.Sender)));
        Assert.That((await bob.AcknowledgeAsync(0)).SignalOffset, Is.EqualTo(1), "the repeat's answer moved no cursor");
        Assert.That(await bob.RepeatAsync(ProbeDevice.Text("alice", "own")), Is.EqualTo(own), "also behind its entry");

        var laptop = await ConnectAsync("bob/laptop");
        Assert.That((await laptop.MessagesAsync(2))[1].SignalType, Is.EqualTo(SignalType.Device));
    }
}
