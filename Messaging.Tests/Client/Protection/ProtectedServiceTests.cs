using System.Text;
using Messaging.Client;
using Messaging.Client.Protection;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client.Protection;

/// <summary>Alice and bob, with two devices each, who encrypt and sign, against the real service.</summary>
[TestFixture(StoreKind.Memory)]
[TestFixture(StoreKind.File)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ProtectedServiceTests(StoreKind kind)
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private readonly TemporaryFolder _folder = TemporaryFolder.Create();
    private readonly List<IAsyncDisposable> _toDispose = [];
    private readonly List<Task> _readers = [];
    private DeviceKeys? _joined;
    private TestServer? _server;

    private TestServer Server => _server ?? throw new InvalidOperationException("not started");

    [SetUp]
    public async Task StartAsync() => _server = await TestServer.StartAsync();

    [TearDown]
    public async Task StopAsync()
    {
        foreach (var thing in Enumerable.Reverse(_toDispose))
            await thing.DisposeAsync().InTime("it ends");
        await Task.WhenAll(_readers).InTime("nobody reads any more");
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task All_devices_of_both_read_what_was_sent_and_the_server_does_not()
    {
        var phone = Start("alice/phone");
        var laptop = Start("alice/laptop");
        var bobs = new[] { Start("bob/phone"), Start("bob/laptop") };

        var sent = await phone.SendAsync("bob", Bytes("the plain text"));
        await sent.Received.InTime("bob has it");
        await bobs[0].SendAsync("alice", Bytes("")).InTime("it is sent");

        foreach (var (client, peer) in new[] { (phone, "bob"), (laptop, "bob"), (bobs[0], "alice"), (bobs[1], "alice") })
        {
            await HasAsync(client, peer, 2);
            var history = await client.GetMessagesAsync(peer);
            Assert.That(history.Select(m => Text(m.Payload)), Is.EqualTo(new[] { "the plain text", "" }));
            Assert.That(history.Select(m => m.Unusable), Is.All.Null);
        }
        await Server.StopAsync();
        var ledger = await File.ReadAllBytesAsync(Server.LedgerPath);
        Assert.That(ledger.AsSpan().IndexOf("AES256"u8), Is.GreaterThanOrEqualTo(0), "the message is there");
        Assert.That(ledger.AsSpan().IndexOf(Bytes("the plain text")), Is.Negative);
    }

    [Test]
    public async Task The_largest_payload_that_the_limits_allow_goes_through()
    {
        var phone = Start("alice/phone", isSigned: false);
        var bob = Start("bob/phone", isSigned: false);
        var payload = new byte[196_546 - "k1".Length];
        Random.Shared.NextBytes(payload);

        await (await phone.SendAsync("bob", payload)).Received.InTime("bob has it");

        await HasAsync(bob, "alice", 1);
        Assert.That((await bob.GetMessagesAsync("alice")).Single().Payload.ToArray(), Is.EqualTo(payload));
    }

    [Test]
    public async Task A_message_that_does_not_open_is_reported_to_all_devices_of_its_sender_and_holds_up_nothing()
    {
        var phone = Start("alice/phone", key: new byte[32]);
        var laptop = Start("alice/laptop", key: new byte[32]);
        var bob = Start("bob/phone", reads: false);
        var reading = ReadAsync(bob, 2);

        var wrong = await phone.SendAsync("bob", Bytes("under another key"));
        var right = await Start("alice/tablet").SendAsync("bob", Bytes("under the right one"));
        await right.Received.InTime("bob has both");

        var came = await reading.InTime("bob reads both");
        Assert.That(came.Select(m => (Text(m.Payload), m.Unusable)), Is.EquivalentTo(new[]
        {
            ("", "it does not decrypt"), ("under the right one", null),
        }));
        foreach (var client in new[] { phone, laptop })
        {
            await Wait.Eventually("alice knows", async () => (await client.GetMessagesAsync("bob"))
                .Any(m => m.Id == wrong.Id && m.Error == "it does not decrypt"));
        }
        Assert.That((await laptop.GetMessagesAsync("bob")).Single(m => m.Id == wrong.Id).Unusable, Is.Null,
            "her own key opens it");
        await wrong.Received.InTime("it is received all the same");
    }

    private MessagingClient Start(string name, byte[]? key = null, bool isSigned = true, bool reads = true)
    {
        var identity = new Identity(name.Split('/')[0], name.Split('/')[1]);
        var peer = identity.User == "alice" ? "bob" : "alice";
        _joined = new DeviceKeys(identity, "s1", DeviceKeys.NewKey(), _joined);
        IMessageProtector protector = new AesGcmProtector(new KnownKeys().Add(peer, "k1", key ?? Key));
        var store = kind == StoreKind.Memory
            ? MessagingStore.InMemory()
            : MessagingStore.Open(_folder.File(name.Replace('/', '-') + ".db"));
        var client = MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri(Server.Address),
            User = identity.User,
            Device = identity.Device,
            Store = store,
            CloseTimeout = TimeSpan.FromMilliseconds(200),
            Protector = isSigned ? new SigningProtector(_joined, protector) : protector,
        });
        _toDispose.AddRange([store, client]);
        if (reads)
            _readers.Add(HandleAllAsync(client));
        return client;
    }

    // With a store in memory, messages are acknowledged as the application handles them.
    private static async Task HandleAllAsync(MessagingClient client)
    {
        try
        {
            await foreach (var message in client.ReceiveAsync())
                client.Acknowledge(message);
        }
        catch (ClientClosedException)
        {
            // The test has ended.
        }
    }

    private static async Task HasAsync(MessagingClient client, string peer, int count) =>
        await Wait.Eventually($"{count} messages are there",
            async () => (await client.GetMessagesAsync(peer)).Count(m => m.State != MessageState.Pending) == count);

    private static async Task<List<ReceivedMessage>> ReadAsync(MessagingClient client, int count)
    {
        using var deadline = new CancellationTokenSource(Wait.Deadline);
        var came = new List<ReceivedMessage>();
        await foreach (var message in client.ReceiveAsync(deadline.Token))
        {
            client.Acknowledge(message);
            came.Add(message);
            if (came.Count == count)
                break;
        }
        return came;
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(ReadOnlyMemory<byte> payload) => Encoding.UTF8.GetString(payload.Span);
}
