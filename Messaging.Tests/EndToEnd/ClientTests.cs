using System.Text;
using Messaging.Client;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.EndToEnd;

/// <summary>What the client library promises, against the real server.</summary>
[TestFixture]
public sealed class ClientTests : ServerTests
{
    private readonly List<MessagingClient> clients = [];

    [TearDown]
    public async Task DisposeClients()
    {
        foreach (var client in clients)
            await client.DisposeAsync().InTime("the client is closed");
    }

    [Test]
    [Protocol("4.26", "5.17")]
    public async Task A_message_is_accepted_received_and_read()
    {
        var alice = Start("alice/phone");
        var bob = Start("bob/phone");
        var handle = await alice.SendAsync("bob", Bytes("hello")).InTime("the message is taken");
        var accepted = await handle.Accepted.InTime("accepted");
        Assert.That((accepted.UserOffset, accepted.SignalOffset), Is.EqualTo((1, 1)));

        var message = (await TakeAsync(bob, 1))[0];
        Assert.That(Encoding.UTF8.GetString(message.Payload.Span), Is.EqualTo("hello"));
        Assert.That((message.From.User, message.Role), Is.EqualTo(("alice", MessageRole.Receiver)));
        await handle.Received.InTime("received");
        await bob.MarkReadAsync(message).InTime("the read is taken");
        await handle.Read.InTime("read");
    }

    [Test]
    public async Task Messages_reach_the_users_other_devices()
    {
        var phone = Start("alice/phone");
        var laptop = Start("alice/laptop");
        await (await phone.SendAsync("bob", Bytes("1"))).Accepted.InTime("accepted");

        Assert.That((await TakeAsync(laptop, 1))[0].Role, Is.EqualTo(MessageRole.Device));
    }

    [Test]
    [Protocol("4.28", "4.51")]
    public async Task A_refused_message_does_not_hold_up_those_behind_it()
    {
        var alice = Start("alice/phone");
        await (await alice.SendAsync(new OutgoingMessage { To = "bob", Id = "m" })).Accepted.InTime("accepted");
        var conflict = await alice.SendAsync(new OutgoingMessage { To = "bob", Id = "m", Payload = Bytes("other") });
        var next = await alice.SendAsync("bob", Bytes("next"));

        var refused = Assert.ThrowsAsync<MessageRefusedException>(() => conflict.Accepted.InTime("refused"));
        Assert.That(refused.Code, Is.EqualTo("already_exists"));
        Assert.That((await next.Accepted.InTime("accepted")).UserOffset, Is.EqualTo(2));
    }

    [Test]
    [Protocol("1.15", "1.16", "4.43", "4.52", "5.13")]
    public async Task Order_is_kept_and_nothing_comes_twice_through_restarts_of_the_server()
    {
        const int Count = 600, Restarts = 3;
        var alice = Start("alice/phone");
        var bob = Start("bob/phone");
        var taking = Task.Run(() => TakeAsync(bob, Count));
        var handles = new List<SendHandle>();
        for (var i = 0; i < Count; i++)
        {
            handles.Add(await alice.SendAsync("bob", Bytes($"{i}")).InTime($"message {i} is taken"));
            if (i % (Count / (Restarts + 1)) == Count / (Restarts + 2))
                await Server.RestartAsync();
        }

        var accepted = await Task.WhenAll(handles.Select(handle => handle.Accepted)).InTime("all accepted");
        Assert.That(accepted.Select(one => one.UserOffset), Is.EqualTo(Enumerable.Range(1, Count)));
        var messages = await taking.InTime("all received");
        Assert.That(
            messages.Select(message => Encoding.UTF8.GetString(message.Payload.Span)),
            Is.EqualTo(Enumerable.Range(0, Count).Select(i => $"{i}")));
        Assert.That(messages.Select(message => message.SignalOffset), Is.EqualTo(Enumerable.Range(1, Count)));
        await handles[^1].Received.InTime("received");
    }

    [Test]
    [Protocol("4.52")]
    public async Task Messages_sent_while_the_server_is_away_are_sent_when_it_is_back()
    {
        var alice = Start("alice/phone");
        await alice.WaitUntilConnectedAsync().InTime("connected");
        await Server.StopAsync();
        var handles = new List<SendHandle>();
        for (var i = 0; i < 20; i++)
            handles.Add(await alice.SendAsync("bob", Bytes($"{i}")));
        await Server.StartAgainAsync();

        var accepted = await Task.WhenAll(handles.Select(handle => handle.Accepted)).InTime("all accepted");
        Assert.That(accepted.Select(one => one.UserOffset), Is.EqualTo(Enumerable.Range(1, 20)));
    }

    [Test]
    [Protocol("5.17")]
    public async Task A_message_that_was_not_handled_comes_again_to_the_next_client_of_the_device()
    {
        var alice = Start("alice/phone");
        await (await alice.SendAsync("bob", Bytes("1"))).Accepted.InTime("accepted");
        await (await alice.SendAsync("bob", Bytes("2"))).Accepted.InTime("accepted");
        var first = Start("bob/phone");
        await foreach (var message in first.ReceiveAsync())
        {
            // The second is given and never handled, as if the application had died over it.
            if (message.UserOffset == 2)
                break;
        }

        await first.DisposeAsync().InTime("closed");
        var second = Start("bob/phone");
        Assert.That((await TakeAsync(second, 1))[0].UserOffset, Is.EqualTo(2));
    }

    [Test]
    [Protocol("2.46")]
    public async Task A_client_that_is_replaced_ends_and_does_not_come_back()
    {
        var first = Start("alice/phone");
        await first.WaitUntilConnectedAsync().InTime("connected");
        var second = Start("alice/phone");
        Assert.ThrowsAsync<ClientReplacedException>(() => first.Completion.InTime("replaced"));
        Assert.That(first.State, Is.EqualTo(ConnectionState.Failed));

        await (await second.SendAsync("bob", Bytes("1"))).Accepted.InTime("accepted");
        Assert.That(second.State, Is.EqualTo(ConnectionState.Connected));
    }

    [Test]
    [Protocol("2.53", "5.7")]
    public async Task Two_clients_talk_both_ways_with_a_window_of_one()
    {
        const int Count = 200;
        var alice = Start("alice/phone", window: 1);
        var bob = Start("bob/phone", window: 1);
        var takings = new[] { Task.Run(() => TakeAsync(alice, Count)), Task.Run(() => TakeAsync(bob, Count)) };
        for (var i = 0; i < Count; i++)
        {
            await alice.SendAsync("bob", Bytes($"{i}")).InTime("taken");
            await bob.SendAsync("alice", Bytes($"{i}")).InTime("taken");
        }

        foreach (var messages in await Task.WhenAll(takings).InTime("all received"))
        {
            Assert.That(
                messages.Select(message => Encoding.UTF8.GetString(message.Payload.Span)),
                Is.EqualTo(Enumerable.Range(0, Count).Select(i => $"{i}")));
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static async Task<List<ReceivedMessage>> TakeAsync(MessagingClient client, int count)
    {
        using var deadline = new CancellationTokenSource(Wait.Deadline);
        var messages = new List<ReceivedMessage>();
        await foreach (var message in client.ReceiveAsync(deadline.Token))
        {
            messages.Add(message);
            if (messages.Count < count)
                continue;
            client.Acknowledge(message);
            break;
        }

        return messages;
    }

    private MessagingClient Start(string name, int? window = null)
    {
        var client = MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri(Server.Address),
            User = name.Split('/')[0],
            Device = name.Split('/')[1],
            Window = window,
            ReconnectBaseDelay = TimeSpan.FromMilliseconds(20),
            ReconnectMaxDelay = TimeSpan.FromMilliseconds(200),
        });
        clients.Add(client);
        return client;
    }
}
