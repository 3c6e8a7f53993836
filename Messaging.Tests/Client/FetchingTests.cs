using System.Text;
using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>What a client fetches from the real service, and what that leaves as it was.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FetchingTests
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
    public async Task A_device_that_starts_at_the_head_pages_back_and_gets_only_what_is_new()
    {
        const int Count = 120;
        var alice = Connect("alice", "phone");
        for (var i = 1; i <= Count; i++)
            await alice.SendAsync("bob", Text(i));
        await (await alice.SendAsync("carol", "other"u8.ToArray())).Accepted.InTime("all is accepted");

        var bob = Connect("bob", "laptop", startAtHead: true);
        var fetched = new List<FetchedMessage>();
        bool hasMore;
        do
        {
            var page = await bob.FetchMessagesAsync("alice", fetched.Count == 0 ? null : fetched[0].UserOffset, limit: 50)
                .InTime("a page");
            fetched.InsertRange(0, page.Messages);
            hasMore = page.HasMore;
            Assert.That((page.LastUserOffset, page.KeptFrom), Is.EqualTo((Count, 1)));
        }
        while (hasMore);

        Assert.That(
            fetched.Select(message => Encoding.UTF8.GetString(message.Payload.Span)),
            Is.EqualTo(Enumerable.Range(1, Count).Select(i => $"text {i}")));
        Assert.That(fetched, Is.All.Matches<FetchedMessage>(message =>
            message is { IsOwn: false, Peer: "alice", From: { User: "alice", Device: "phone" }, State: MessageState.Sent }));

        var handle = await alice.SendAsync("bob", "new"u8.ToArray());
        var next = await NextAsync(bob);
        Assert.That((next.Id, next.SignalOffset), Is.EqualTo((handle.Id, Count + 1)), "nothing else came");
        Assert.That(await bob.GetMessagesAsync("alice").InTime("the store"), Has.Count.EqualTo(1), "nor is anything else kept");
    }

    [Test]
    public async Task Conversations_are_fetched_with_their_counts_and_ticks()
    {
        var (alice, bob) = (Connect("alice", "phone"), Connect("bob", "phone"));
        var one = await alice.SendAsync("bob", "one"u8.ToArray());
        await bob.MarkReadAsync(await NextAsync(bob)).Answered().InTime("the read is answered");
        await one.Read.InTime("it is read");
        await (await alice.SendAsync("bob", "two"u8.ToArray())).Accepted.InTime("it is accepted");
        await (await bob.SendAsync("carol", "hi"u8.ToArray())).Accepted.InTime("it is accepted");

        var laptop = Connect("bob", "laptop", startAtHead: true);
        var first = await laptop.FetchConversationsAsync(limit: 1).InTime("a page");
        var second = await laptop.FetchConversationsAsync(first.Conversations[^1]).InTime("the next page");

        Assert.That((first.Conversations.Single().Peer, first.HasMore), Is.EqualTo(("carol", true)));
        Assert.That(first.Conversations[0].LastMessage, Has.Property("IsOwn").True.And.Property("Peer").EqualTo("carol"));
        Assert.That(second.HasMore, Is.False);
        var conversation = second.Conversations.Single();
        Assert.That(
            (conversation.Peer, conversation.Unread, conversation.ReadUpTo, conversation.LastUserOffset, conversation.KeptFrom),
            Is.EqualTo(("alice", 1, 1, 2, 1)));
        var alices = (await alice.FetchConversationsAsync().InTime("hers")).Conversations.Single();
        Assert.That((alices.PeerReadUpTo, alices.Unread), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task Without_an_answer_the_client_goes_on()
    {
        // A server that knows streams only.
        await using var server = await KestrelScript.StartAsync(async (up, down, call) =>
        {
            await down.WriteAsync(new Frame
            {
                Signal = new Signal { Type = SignalKind.Response, SignalType = SignalType.Device, SignalOffsetState = true },
            });
            while (await up.MoveNext(call.CancellationToken))
            {
            }
        });
        await using var client = MessagingClient.Start(
            new MessagingClientOptions { Address = server.Address, User = "alice", Device = "phone" });

        await Assert.ThatAsync(
            () => client.FetchMessagesAsync("bob").InTime("the refusal"), Throws.TypeOf<HistoryUnavailableException>());
        await Assert.ThatAsync(
            () => client.FetchConversationsAsync().InTime("the refusal"), Throws.TypeOf<HistoryUnavailableException>());
        Assert.That(client.State, Is.EqualTo(ConnectionState.Connected));
    }

    [Test]
    public async Task A_client_that_has_ended_fetches_nothing()
    {
        var client = Connect("alice", "phone");
        await client.DisposeAsync().InTime("the client ends");
        await Assert.ThatAsync(
            () => client.FetchMessagesAsync("bob").InTime("the refusal"), Throws.TypeOf<ClientClosedException>());
    }

    [TestCase("", 1, 1)]
    [TestCase("bob", 0, 1)]
    [TestCase("bob", -1, 1)]
    [TestCase("bob", 1, 0)]
    public async Task What_makes_no_sense_is_refused_at_once(string user, int before, int limit) =>
        await Assert.ThatAsync(
            () => Connect("alice", "phone").FetchMessagesAsync(user, before, limit).InTime("the refusal"),
            Throws.InstanceOf<ArgumentException>());

    private MessagingClient Connect(string user, string device, bool startAtHead = false)
    {
        var client = MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri(Server.Address), User = user, Device = device, StartAtHead = startAtHead,
        });
        _clients.Add(client);
        return client;
    }

    private static byte[] Text(int number) => Encoding.UTF8.GetBytes($"text {number}");

    private static async Task<ReceivedMessage> NextAsync(MessagingClient client)
    {
        await foreach (var message in client.ReceiveAsync().WithCancellation(CancellationToken.None))
            return message;
        throw new InvalidOperationException("The client has ended.");
    }
}
