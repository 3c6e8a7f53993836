using System.Text;
using Messaging.Client;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>Clients whose stores survive them, against the real service.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class StoreAgainstServiceTests
{
    private readonly TemporaryFolder _folder = TemporaryFolder.Create();
    private readonly Dictionary<string, (MessagingClient Client, MessagingStore Store)> _devices = [];
    private TestServer? _server;

    private TestServer Server => _server ?? throw new InvalidOperationException("not started");

    [SetUp]
    public async Task StartAsync() => _server = await TestServer.StartAsync();

    [TearDown]
    public async Task StopAsync()
    {
        foreach (var name in _devices.Keys.ToList())
            await EndAsync(name);
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task What_was_done_with_no_server_goes_out_after_a_restart()
    {
        var alice = Begin("alice/phone");
        var bob = Begin("bob/phone");
        for (var i = 0; i < 3; i++)
            await (await bob.SendAsync("alice", Bytes($"b{i}"))).Accepted.InTime("it is accepted");
        await TakeAsync(alice, 3);
        await Server.StopAsync();

        var ids = new List<string>();
        for (var i = 0; i < 20; i++)
            ids.Add((await alice.SendAsync("bob", Bytes($"a{i}"))).Id);
        await alice.MarkReadAsync("bob").InTime("it is read");
        await EndAsync("alice/phone");
        alice = Begin("alice/phone");
        Assert.That((await alice.GetConversationsAsync()).Single().Unread, Is.Zero);
        Assert.That((await alice.GetMessagesAsync("bob")).Select(m => m.State), Is.EqualTo(
            Enumerable.Repeat(MessageState.Read, 3).Concat(Enumerable.Repeat(MessageState.Pending, 20))));
        await Server.StartAgainAsync();

        Assert.That(await TakeAsync(bob, 20), Is.EqualTo(Enumerable.Range(0, 20).Select(i => $"a{i}")));
        var last = (await alice.FindAsync(ids[^1]))!;
        await last.Received.InTime("it is received");
        await EventuallyAsync("bob knows that all is read", async () =>
            (await bob.GetMessagesAsync("alice")).Where(m => m.IsOwn).All(m => m.State == MessageState.Read));
        Assert.That((await alice.GetMessagesAsync("bob", limit: 20)).Select(m => m.State),
            Is.All.EqualTo(MessageState.Received));
    }

    [Test]
    [Protocol("2.22")]
    public async Task A_fresh_ledger_gets_the_full_outbox_and_nothing_is_lost_or_doubled()
    {
        var alice = Begin("alice/phone");
        var bob = Begin("bob/phone");
        var before = await alice.SendAsync("bob", Bytes("before"));
        await before.Accepted.InTime("it is accepted");
        Assert.That(await TakeAsync(bob, 1), Is.EqualTo(new[] { "before" }));
        await before.Received.InTime("it is received");
        await bob.MarkReadAsync("alice");
        await before.Read.InTime("it is read");
        await Server.StopAsync();
        for (var i = 0; i < 200; i++)
            await alice.SendAsync("bob", Bytes($"{i}"));
        await EndAsync("alice/phone");
        await EndAsync("bob/phone");

        var old = Server;
        _server = await TestServer.StartAsync();
        await old.DisposeAsync();
        alice = Begin("alice/phone");
        bob = Begin("bob/phone");

        Assert.That(await TakeAsync(bob, 200), Is.EqualTo(Enumerable.Range(0, 200).Select(i => $"{i}")));
        await EventuallyAsync("all is received", async () =>
            (await alice.GetMessagesAsync("bob", limit: 200)).All(m => m.State == MessageState.Received));
        var history = await alice.GetMessagesAsync("bob", limit: 1000);
        Assert.That(history.Select(m => Text(m.Payload)),
            Is.EqualTo(Enumerable.Range(0, 200).Select(i => $"{i}").Prepend("before")));
        Assert.That(history[0].State, Is.EqualTo(MessageState.Read), "no state is taken back");
        Assert.That((await bob.GetConversationsAsync()).Single().Unread, Is.EqualTo(200));
        await bob.MarkReadAsync("alice");
        await (await alice.FindAsync(history[^1].Id))!.Read.InTime("it is read");
        Assert.That((await bob.GetConversationsAsync()).Single().Unread, Is.Zero);
    }

    [Test]
    [Protocol("2.21", "5.14")]
    public async Task A_ledger_that_was_restored_from_a_backup_gives_nothing_out_twice()
    {
        var alice = Begin("alice/phone");
        for (var i = 0; i < 10; i++)
            await (await alice.SendAsync("bob", Bytes($"{i}"))).Accepted.InTime("it is accepted");
        var backup = _folder.File("backup.db");
        Assert.That((await Verb.RunAsync(Server.LedgerPath, "ledger", "backup", backup)).Code, Is.Zero);
        var bob = Begin("bob/phone");
        await TakeAsync(bob, 10);
        await (await bob.MarkReadAsync("alice", 5)).Accepted.InTime("the read is answered");
        for (var i = 10; i < 15; i++)
            await (await alice.SendAsync("bob", Bytes($"{i}"))).Accepted.InTime("it is accepted");
        await TakeAsync(bob, 5);
        await Server.StopAsync();
        Assert.That((await Verb.RunAsync(Server.LedgerPath, "ledger", "restore", backup, "--force")).Code, Is.Zero);
        await Server.StartAgainAsync();

        await alice.SendAsync("bob", Bytes("after"));

        Assert.That(await TakeAsync(bob, 1), Is.EqualTo(new[] { "after" }));
        Assert.That((await bob.GetMessagesAsync("alice")).Select(m => Text(m.Payload)).Order(),
            Is.EqualTo(Enumerable.Range(0, 15).Select(i => $"{i}").Append("after").Order()));
        Assert.That((await bob.GetConversationsAsync()).Single().Unread, Is.EqualTo(11));
    }

    [Test]
    public async Task Unread_counts_and_ticks_agree_on_all_devices_also_on_one_that_slept()
    {
        var phone = Begin("alice/phone");
        var laptop = Begin("alice/laptop");
        var bob = Begin("bob/phone");
        for (var i = 0; i < 5; i++)
            await bob.SendAsync("alice", Bytes($"b{i}"));
        var own = await phone.SendAsync("bob", Bytes("a"));
        foreach (var device in new[] { phone, laptop })
            await EventuallyAsync("all have come", async () => (await device.GetMessagesAsync("bob")).Count == 6
                && (await device.GetConversationsAsync()).Single().Unread == 5);
        await EndAsync("alice/laptop");

        await bob.MarkReadAsync("alice");
        await own.Read.InTime("it is read");
        var third = (await phone.GetMessagesAsync("bob")).Where(m => !m.IsOwn).ElementAt(2);
        await (await phone.MarkReadAsync("bob", third.UserOffset!.Value)).Accepted.InTime("the read is answered");
        laptop = Begin("alice/laptop");

        foreach (var device in new[] { phone, laptop })
        {
            await EventuallyAsync("the counts agree",
                async () => (await device.GetConversationsAsync()).Single().Unread == 2);
            await EventuallyAsync("the ticks agree",
                async () => (await device.GetMessagesAsync("bob")).Single(m => m.IsOwn).State == MessageState.Read);
        }
        await EventuallyAsync("bob's ticks say the same", async () =>
            (await bob.GetMessagesAsync("alice")).Where(m => m.IsOwn).Count(m => m.State == MessageState.Read) == 3);
    }

    private MessagingClient Begin(string name)
    {
        var store = MessagingStore.Open(_folder.File(name.Replace('/', '-') + ".db"));
        var client = MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri(Server.Address),
            User = name.Split('/')[0],
            Device = name.Split('/')[1],
            ReconnectBaseDelay = TimeSpan.FromMilliseconds(10),
            ReconnectMaxDelay = TimeSpan.FromMilliseconds(100),
            CloseTimeout = TimeSpan.FromMilliseconds(200),
            Store = store,
        });
        _devices.Add(name, (client, store));
        return client;
    }

    private async Task EndAsync(string name)
    {
        _devices.Remove(name, out var device);
        await device.Client.DisposeAsync().InTime("the client ends");
        await device.Store.DisposeAsync().InTime("the store is closed");
    }

    private static async Task<List<string>> TakeAsync(MessagingClient client, int count)
    {
        using var deadline = new CancellationTokenSource(Wait.Deadline);
        var texts = new List<string>();
        await foreach (var message in client.ReceiveAsync(deadline.Token))
        {
            client.Acknowledge(message);
            if (message.Role == MessageRole.Receiver)
                texts.Add(Text(message.Payload));
            if (texts.Count == count)
                break;
        }
        return texts;
    }

    private static Task EventuallyAsync(string reason, Func<Task<bool>> isTrue) => Wait.Eventually(reason, isTrue);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(ReadOnlyMemory<byte> payload) => Encoding.UTF8.GetString(payload.Span);
}
