using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>The client against the real service, in this process.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ClientAgainstServiceTests
{
    private readonly List<MessagingClient> _clients = [];
    private TestServer? _server;

    private TestServer Server => _server ?? throw new InvalidOperationException("not started");

    [SetUp]
    public async Task StartAsync() => _server = await TestServer.StartAsync();

    [TearDown]
    public async Task StopAsync()
    {
        foreach (var client in _clients)
            await client.DisposeAsync().InTime("the client ends");
        await Server.DisposeAsync();
    }

    [Test]
    public async Task Messages_get_their_ticks_at_both_ends()
    {
        var (alice, bob) = (Connect("alice"), Connect("bob"));
        var sent = new[] { await alice.SendAsync("bob", "one"u8.ToArray()), await bob.SendAsync("alice", "two"u8.ToArray()) };

        foreach (var (reader, text) in new[] { (bob, "one"), (alice, "two") })
        {
            var message = await NextAsync(reader, MessageRole.Receiver);
            Assert.That(message.Payload.ToArray(), Is.EqualTo(System.Text.Encoding.UTF8.GetBytes(text)));
            await reader.MarkReadAsync(message).Answered().InTime("the read is answered");
        }

        foreach (var handle in sent)
        {
            await handle.Accepted.InTime("it is accepted");
            await handle.Received.InTime("it is received");
            await handle.Read.InTime("it is read");
        }
    }

    [Test]
    public async Task Played_reaches_the_sender()
    {
        var (alice, bob) = (Connect("alice"), Connect("bob"));
        var receipt = FirstAsync(alice, ReceiptKind.Played);
        var handle = await alice.SendAsync("bob", "voice"u8.ToArray());

        await bob.MarkPlayedAsync(await NextAsync(bob, MessageRole.Receiver)).Answered().InTime("it is answered");

        Assert.That((await receipt.InTime("the sender learns of it")).MessageId, Is.EqualTo(handle.Id));
        await handle.Read.InTime("played is read too");
    }

    [Test]
    public async Task A_report_reaches_the_sender_with_its_reason()
    {
        var (alice, bob) = (Connect("alice"), Connect("bob"));
        var receipt = FirstAsync(alice, ReceiptKind.Unusable);
        var handle = await alice.SendAsync("bob", "?"u8.ToArray());
        var message = await NextAsync(bob, MessageRole.Receiver);

        await bob.ReportUnusableAsync(message, "it does not decrypt").Answered().InTime("it is answered");
        await bob.ReportUnusableAsync(message, "it does not decrypt").Answered().InTime("a repeat is answered");

        var reported = await receipt.InTime("the sender learns of it");
        Assert.That(reported, Has.Property("MessageId").EqualTo(handle.Id)
            .And.Property("Error").EqualTo("it does not decrypt").And.Property("Peer").EqualTo("bob"));
    }

    [Test]
    public async Task Awareness_reaches_those_who_are_there()
    {
        var (alice, bob) = (Connect("alice"), Connect("bob"));
        await Task.WhenAll(alice.WaitUntilConnectedAsync(), bob.WaitUntilConnectedAsync()).InTime("both are there");
        await using var hints = bob.WatchAwarenessAsync().GetAsyncEnumerator();
        var next = hints.MoveNextAsync().AsTask();

        var result = await alice.SendAwarenessAsync("bob", AwarenessStatus.Typing, "phone", "m1");

        Assert.That(result, Is.EqualTo(AwarenessResult.Sent));
        Assert.That(await next.InTime("bob sees it"), Is.True);
        Assert.That(hints.Current, Has.Property("From").EqualTo(new Identity("alice", "phone"))
            .And.Property("Status").EqualTo(AwarenessStatus.Typing).And.Property("AboutId").EqualTo("m1"));
    }

    [Test]
    public async Task The_users_other_device_gets_what_was_sent_and_what_was_read()
    {
        var (alice, bob, laptop) = (Connect("alice"), Connect("bob"), Connect("bob", "laptop"));
        var read = FirstAsync(laptop, ReceiptKind.ReadByMe);
        await alice.SendAsync("bob", "to both"u8.ToArray());
        var own = await bob.SendAsync("alice", "from one"u8.ToArray());

        await bob.MarkReadAsync(await NextAsync(bob, MessageRole.Receiver)).Answered().InTime("it is answered");

        Assert.That((await NextAsync(laptop, MessageRole.Device)).Id, Is.EqualTo(own.Id));
        Assert.That((await read.InTime("the laptop learns of it")).Peer, Is.EqualTo("alice"));
    }

    [Test]
    public async Task Both_send_while_the_service_restarts_and_nothing_is_lost_repeated_or_reordered()
    {
        const int each = 300;
        var (alice, bob) = (Connect("alice"), Connect("bob"));
        var reading = new[] { ReadAsync(alice, each), ReadAsync(bob, each) };
        var sending = new[] { SendAsync(alice, "bob", each), SendAsync(bob, "alice", each) };
        await Wait.Eventually("both have begun", () => reading.All(r => r.Ids.Count > each / 10));

        await Server.RestartAsync();

        var sent = new[] { await sending[0].InTime("alice has sent"), await sending[1].InTime("bob has sent") };
        await Task.WhenAll(reading.Select(r => r.Done)).InTime("both have read");
        Assert.That(reading[0].Ids, Is.EqualTo(sent[1]));
        Assert.That(reading[1].Ids, Is.EqualTo(sent[0]));
    }

    [Test]
    public async Task A_client_that_another_one_replaces_ends()
    {
        var first = Connect("alice");
        await first.WaitUntilConnectedAsync().InTime("it is there");

        var second = Connect("alice");

        await Assert.ThatAsync(() => first.Completion.InTime("the first one ends"),
            Throws.TypeOf<ClientReplacedException>());
        await second.WaitUntilConnectedAsync().InTime("the second one is there");
    }

    private MessagingClient Connect(string user, string device = "phone")
    {
        var client = MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri(Server.Address),
            User = user,
            Device = device,
            ReconnectBaseDelay = TimeSpan.FromMilliseconds(10),
            ReconnectMaxDelay = TimeSpan.FromMilliseconds(100),
        });
        _clients.Add(client);
        return client;
    }

    private static async Task<ReceivedMessage> NextAsync(MessagingClient client, MessageRole role)
    {
        await using var reader = client.ReceiveAsync().GetAsyncEnumerator();
        while (await reader.MoveNextAsync().InTime("a message comes"))
        {
            client.Acknowledge(reader.Current);
            if (reader.Current.Role == role)
                return reader.Current;
        }
        throw new InvalidOperationException("The client has ended.");
    }

    private static async Task<Receipt> FirstAsync(MessagingClient client, ReceiptKind kind)
    {
        await foreach (var receipt in client.WatchReceiptsAsync())
        {
            if (receipt.Kind == kind)
                return receipt;
        }
        throw new InvalidOperationException("The client has ended.");
    }

    private static (List<string> Ids, Task Done) ReadAsync(MessagingClient client, int count)
    {
        var ids = new List<string>();
        return (ids, ReadAsync());

        async Task ReadAsync()
        {
            await foreach (var message in client.ReceiveAsync())
            {
                ids.Add(message.Id);
                if (ids.Count == count)
                    break;
            }
        }
    }

    private static async Task<List<string>> SendAsync(MessagingClient client, string to, int count)
    {
        var handles = new List<SendHandle>();
        for (var i = 0; i < count; i++)
            handles.Add(await client.SendAsync(to, new byte[] { 1 }));
        foreach (var handle in handles)
            await handle.Accepted;
        return [.. handles.Select(h => h.Id)];
    }
}
