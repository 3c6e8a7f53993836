using System.Diagnostics;
using System.Globalization;
using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>
/// Everything at once: an application that sends is killed over and over while the network is cut about every second,
/// a second device of its user sleeps through it, and the other user reads on.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class HardestDayTests : IDisposable
{
    private static readonly FaultKind[] Cuts =
        [FaultKind.Reset, FaultKind.Reset, FaultKind.Reset, FaultKind.Finish, FaultKind.Finish, FaultKind.HalfOpen, FaultKind.UpLost, FaultKind.DownLost];

    private readonly TemporaryFolder _folder = TemporaryFolder.Create();
    private readonly List<string> _received = [];

    private string PhonePath => _folder.File("phone.db");

    public void Dispose() => _folder.Dispose();

    [Test]
    [Protocol("1.14", "1.15", "1.16", "5.13")]
    public Task Kills_and_cuts_lose_nothing_double_nothing_and_reorder_nothing() =>
        RunAsync(outgoing: 1200, incoming: 200, kills: 2);

    [Test]
    [Explicit("takes a minute or more")]
    [Category("Long")]
    public Task Ten_thousand_messages_survive_ten_kills_and_a_cut_every_second() =>
        RunAsync(outgoing: 10_000, incoming: 2000, kills: 10);

    private async Task RunAsync(int outgoing, int incoming, int kills)
    {
        var running = Stopwatch.StartNew();
        var random = Seed.Random();
        await using var server = await TestServer.StartAsync("--Messaging:Delivery:Heartbeat=00:00:00.500");
        var seed = random.Next();
        var connections = 0;
        await using var proxy = new FaultProxy(server.Address, number =>
        {
            Interlocked.Increment(ref connections);
            return Plan(new Random(unchecked((seed * 397) ^ number)));
        });
        await using var laptopStore = MessagingStore.Open(_folder.File("laptop.db"));
        await using var laptop = Start(server.Address, "alice", "laptop", laptopStore);
        await laptop.WaitUntilConnectedAsync().InTime("the laptop is there once");
        await laptop.PauseAsync().InTime("the laptop sleeps");
        await using var bobStore = MessagingStore.Open(_folder.File("bob.db"));
        await using var bob = Start(proxy.Address, "bob", "phone", bobStore);
        var receiving = ReceiveAsync(bob);
        var sending = SendAsync(bob, incoming);

        var application = new ApplicationRuns(PhonePath, outgoing, incoming);
        for (var kill = 1; kill <= kills; kill++)
        {
            using var process = application.Begin(proxy.Address);
            var enough = (outgoing * kill / (kills + 1)) - random.Next(outgoing / kills / 4);
            await Wait.Eventually($"{enough} are sent:\n{application.Output}",
                () => application.Sent >= enough || process.HasExited, TimeSpan.FromMinutes(2));
            process.Kill();
            await process.WaitForExitAsync().InTime("it is gone");
        }
        using (var last = application.Begin(proxy.Address))
        {
            await last.WaitForExitAsync().InTime($"it is done:\n{application.Output}", TimeSpan.FromMinutes(2));
            Assert.That(last.ExitCode, Is.Zero, () => application.Output);
        }
        await sending.InTime("bob has sent");
        await Wait.Eventually("bob has all", () => Received().Length >= outgoing);
        await (await bob.MarkReadAsync("alice")).Accepted.InTime("bob has read");
        var stormy = running.Elapsed;
        proxy.Calm(tells: true);

        Assert.That(Received(), Is.EqualTo(Ids("alice", outgoing)), "received once, in order");
        Assert.That(application.Seen(), Is.EqualTo(Ids("bob", incoming)), "handled once, in order");
        laptop.Resume();
        await using var phoneStore = MessagingStore.Open(PhonePath);
        await using var phone = Start(server.Address, "alice", "phone", phoneStore);
        foreach (var device in new[] { phone, laptop })
        {
            await Wait.Eventually("all ticks are there", async () =>
                (await HistoryAsync(device)) is var history && history.Count == outgoing + incoming
                && history.All(message => message.State == MessageState.Read), TimeSpan.FromMinutes(1));
        }
        var onPhone = await HistoryAsync(phone);
        Assert.That((await HistoryAsync(laptop)).Select(Said), Is.EqualTo(onPhone.Select(Said)), "both devices say the same");
        Assert.That(onPhone.Where(m => m.IsOwn).Select(m => m.Id), Is.EqualTo(Ids("alice", outgoing)), "accepted once, in order");
        var (here, there) = ((await phone.GetConversationsAsync()).Single(), (await laptop.GetConversationsAsync()).Single());
        Assert.That((here.Unread, there.Unread), Is.EqualTo((0, 0)));
        Assert.That(there.ReadUpTo, Is.EqualTo(here.ReadUpTo).And.GreaterThan(0));
        await phone.DisposeAsync();
        Assert.That(LedgerEdit.Ask(PhonePath, "SELECT count(*) FROM messaging_outbox"), Is.Zero);
        await bob.DisposeAsync();
        Assert.CatchAsync<ClientClosedException>(() => receiving.InTime("bob ends"));
        await TestContext.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"{outgoing} and {incoming} messages, {kills} kills, {connections} connections in {stormy.TotalSeconds:F1} s: {proxy.Counts}; all devices agree after {running.Elapsed.TotalSeconds:F1} s"));
    }

    private static Func<Fault> Plan(Random random) => () => new Fault(
        Cuts[random.Next(Cuts.Length)], random.Next(2) == 0 ? Direction.Up : Direction.Down, AfterBytes: null,
        After: TimeSpan.FromMilliseconds(random.Next(300, 1200)), Lasts: TimeSpan.FromSeconds(2));

    private static MessagingClient Start(string address, string user, string device, MessagingStore store) =>
        MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri(address),
            User = user,
            Device = device,
            ReconnectBaseDelay = TimeSpan.FromMilliseconds(20),
            ReconnectMaxDelay = TimeSpan.FromMilliseconds(200),
            Store = store,
        });

    private static IEnumerable<string> Ids(string user, int count) => Enumerable.Range(0, count).Select(i => $"{user}-{i}");

    private static Task<IReadOnlyList<StoredMessage>> HistoryAsync(MessagingClient device) =>
        device.GetMessagesAsync("bob", limit: 100_000);

    private static (string Id, MessageState State, bool IsOwn) Said(StoredMessage message) =>
        (message.Id, message.State, message.IsOwn);

    private string[] Received()
    {
        lock (_received)
            return [.. _received];
    }

    private async Task ReceiveAsync(MessagingClient bob)
    {
        await foreach (var message in bob.ReceiveAsync())
        {
            lock (_received)
                _received.Add(message.Id);
            if (message.UserOffset % 50 == 0)
                await bob.MarkReadAsync(message);
        }
    }

    private static async Task SendAsync(MessagingClient bob, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var handle = await bob.SendAsync(new OutgoingMessage { To = "alice", Id = $"bob-{i}" });
            if (i % 100 == 99)
                await handle.Accepted;
        }
    }
}
