using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §1: sequences, timelines, and what accepting means.</summary>
[TestFixture]
public sealed class Section01_Model : ProtocolTests
{
    [Test]
    [Protocol("1.1", "1.2", "1.3", "1.4", "1.5")]
    public async Task Whatever_a_user_must_learn_takes_the_next_offset_of_their_sequence()
    {
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectAsync("bob/phone");
        var aliceSees = await ConnectAsync("alice/laptop");
        var bobSees = await ConnectAsync("bob/laptop");

        await alice.SendAsync("bob", "m");
        await bob.AcknowledgeAsync(1);
        await bob.AskAsync(Read("alice", "m"));
        await bob.AskAsync(new Signal { Id = "m", Type = SignalKind.Error, To = new Identity { User = "alice" }, Error = "no" });
        await bob.SendAsync("alice", "reply");
        await aliceSees.Until("the reply", () => aliceSees.Position == 5);
        await bobSees.Until("the reply", () => bobSees.Position == 3);

        Assert.That(aliceSees.Frames.Skip(1).Select(Describe), Is.EqualTo(new[]
        {
            "1 message m of alice", "2 received by bob", "3 read by bob", "4 error of bob", "5 message reply of bob",
        }));
        Assert.That(bobSees.Frames.Skip(1).Select(Describe), Is.EqualTo(new[]
        {
            "1 message m of alice", "2 read by bob", "3 message reply of bob",
        }));
    }

    [Test]
    [Protocol("1.6", "1.7")]
    public async Task Each_device_walks_the_sequence_from_a_cursor_of_its_own()
    {
        await AliceWritesAsync(3);
        var phone = await ConnectAsync("bob/phone");
        await phone.MessagesAsync(3);
        await phone.AcknowledgeAsync(2);
        await DisconnectAsync(phone);

        phone = await ConnectAsync("bob/phone");
        var laptop = await ConnectAsync("bob/laptop");
        Assert.That((await phone.MessagesAsync(1)).Select(message => message.Id), Is.EqualTo(new[] { "m-3" }));
        Assert.That((await laptop.MessagesAsync(3)).Select(message => message.SignalOffset), Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    [Protocol("1.8", "1.9", "1.10")]
    public async Task A_conversation_is_the_set_of_its_users_and_numbers_its_messages_itself()
    {
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectAsync("bob/phone");

        Assert.That((await alice.SendAsync("bob", "1")).UserOffset, Is.EqualTo(1));
        Assert.That((await alice.SendAsync("alice", "note")).UserOffset, Is.EqualTo(1));
        Assert.That((await bob.SendAsync("alice", "2")).UserOffset, Is.EqualTo(2));
        Assert.That((await alice.SendAsync("carol", "1c")).UserOffset, Is.EqualTo(1));
        Assert.That((await alice.SendAsync("bob", "3")).UserOffset, Is.EqualTo(3));
        Assert.That(
            (await bob.MessagesAsync(2)).Select(message => (message.Id, message.UserOffset)),
            Is.EqualTo(new[] { ("1", 1), ("3", 3) }));
    }

    [Test]
    [Protocol("1.9", "1.10", "1.11", "1.14", "1.16")]
    public async Task Of_64_conversations_at_once_each_has_its_own_order_the_same_at_both_ends()
    {
        const int Peers = 64, Each = 20, Replies = 5;
        var random = Seed.Random();
        var alice = await ConnectReadyAsync("alice/phone");
        var peers = new List<ProbeDevice>();
        for (var i = 0; i < Peers; i++)
            peers.Add(await ConnectReadyAsync($"peer-{i}/phone"));

        var toSend = Enumerable.Range(0, Peers * Each).Select(i => i % Peers).ToArray();
        random.Shuffle(toSend);
        var sent = new int[Peers];
        await Task.WhenAll(peers.Select(ReplyAsync).Append(SendAllAsync()));

        var aliceSees = await ConnectReadyAsync("alice/laptop");
        var timelines = (await aliceSees.MessagesAsync(Peers * (Each + Replies)))
            .GroupBy(message => message.From.User == "alice" ? message.To.User : message.From.User)
            .ToDictionary(timeline => timeline.Key, timeline => timeline.Select(Brief).ToList());
        foreach (var peer in peers)
        {
            await peer.Until("all of alice's", () => peer.Messages.Count == Each);
            var timeline = timelines[peer.User];
            Assert.That(timeline.Select(one => one.UserOffset), Is.EqualTo(Enumerable.Range(1, Each + Replies)));
            Assert.That(peer.Messages.Select(Brief), Is.EqualTo(timeline.Where(one => one.Id[0] == 'm')));
            Assert.That(
                timeline.Select(one => one.Id).Where(id => id[0] == 'm'),
                Is.EqualTo(Enumerable.Range(0, Each).Select(i => $"m-{peer.User}-{i}")));
        }

        async Task SendAllAsync()
        {
            foreach (var peer in toSend)
                await alice.UpAsync(Up(ProbeDevice.Text($"peer-{peer}", $"m-peer-{peer}-{sent[peer]++}")));
        }

        static async Task ReplyAsync(ProbeDevice peer)
        {
            for (var i = 0; i < Replies; i++)
                await peer.SendAsync("alice", $"reply-{i}");
        }

        static (string Id, int UserOffset) Brief(Message message) => (message.Id, message.UserOffset);
    }

    [Test]
    [Protocol("1.12")]
    public async Task A_message_is_stored_once_for_both_sequences()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m", "only once");
        await (await ConnectAsync("bob/phone")).MessagesAsync(1);
        await (await ConnectAsync("alice/laptop")).MessagesAsync(1);

        Assert.That(
            LedgerEdit.Ask(Server.LedgerPath, "SELECT count(*) FROM journal WHERE instr(body, CAST('only once' AS BLOB)) > 0"),
            Is.EqualTo(1));
    }

    [Test]
    [Protocol("1.13", "4.7")]
    public async Task What_is_answered_true_stands_in_the_file_already()
    {
        var alice = await ConnectAsync("alice/phone");
        for (var i = 1; i <= 50; i++)
        {
            await alice.SendAsync("bob", $"m-{i}");
            Assert.That(
                LedgerEdit.Ask(Server.LedgerPath, $"SELECT count(*) FROM journal WHERE id = 'm-{i}'"), Is.EqualTo(1));
        }
    }

    [Test]
    [Protocol("1.14", "1.16")]
    public async Task What_was_accepted_is_there_in_order_after_every_restart()
    {
        const int Restarts = 3, Each = 200;
        for (var round = 0; round < Restarts; round++)
        {
            var alice = await ConnectAsync("alice/phone");
            var before = alice.Frames.Count;
            for (var i = 0; i < Each; i++)
                await alice.UpAsync(Up(ProbeDevice.Text("bob", $"m-{(round * Each) + i}")));
            await alice.Until("all answers", () => alice.Frames.Count == before + Each);
            await Server.RestartAsync();
        }

        var bob = await ConnectReadyAsync("bob/phone");
        var messages = await bob.MessagesAsync(Restarts * Each);
        Assert.That(
            messages.Select(message => message.Id), Is.EqualTo(Enumerable.Range(0, Restarts * Each).Select(i => $"m-{i}")));
        Assert.That(
            messages.Select(message => message.UserOffset), Is.EqualTo(Enumerable.Range(1, Restarts * Each)));
    }

    private static string Describe(Frame frame) => frame switch
    {
        { Message: { } message } => $"{message.SignalOffset} message {message.Id} of {message.From.User}",
        { Signal: { Type: SignalKind.Error } signal } => $"{signal.SignalOffset} error of {signal.From.User}",
        { Signal: { SignalAckState.Read: true } signal } => $"{signal.SignalOffset} read by {signal.From.User}",
        { Signal: var signal } => $"{signal.SignalOffset} received by {signal.From.User}",
    };
}
