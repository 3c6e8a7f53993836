using Messaging.Client;
using Messaging.Tests.Protocol;
using Messaging.Tests.Reliability.Judging;
using Messaging.Tests.Reliability.Kills;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Network;

/// <summary>A ledger that went back in time: yesterday's copy, put in the place of today's.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RollbackTests
{
    private const double PerSecond = 200;

    private static readonly string[] Users = ["alice", "bob", "carol"];

    private readonly History history = new();
    private readonly Dictionary<MessagingClient, (string User, int Sent)> sent = [];
    private Dictionary<string, int>? heads;

    /// <param name="keeps">The way out: the restored ledger under a new epoch, or a new ledger.</param>
    [TestCase(true)]
    [TestCase(false)]
    [Protocol("2.21", "2.22", "2.30", "2.31", "2.32")]
    public async Task Every_device_is_told_until_a_new_epoch_lets_it_go_on(bool keeps)
    {
        var random = Seed.Random();
        using var copy = TemporaryFolder.Create();
        await using var server = new ServerProcess("--Messaging:Delivery:Heartbeat=00:00:01");
        await server.StartAsync();
        var libraries = Users.Select(user => new LibraryDevice(
            history, server.Address, $"{user}/phone", Users, new Random(random.Next()), PerSecond)).ToList();
        var stubs = Users.Select(user => new StubbornDevice(
            history, server.Address, $"{user}/laptop", Users, new Random(random.Next()), PerSecond)).ToList();
        try
        {
            await AcceptAsync(100);
            await KillAsync(() => CopyAsync(server.Ledger, copy.File("ledger.db")));
            await AcceptAsync(300);
            await Wait.Eventually("each is past what the copy has", () => ArePast(copy.File("ledger.db")));
            await KillAsync(() => CopyAsync(copy.File("ledger.db"), server.Ledger));

            await Wait.Eventually("each stub is told", () => stubs.TrueForAll(one => one.WasToldOfThePast));
            await Wait.Eventually("each library is told", () => libraries.TrueForAll(one => IsOfThePast(one.Reason)));
            var before = Accepted();
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            Assert.That(Accepted(), Is.EqualTo(before), "nothing goes on silently");
            Assert.That(libraries.Select(one => one.State), Has.None.EqualTo(ConnectionState.Connected));
            foreach (var name in libraries.Select(one => one.Name).Concat(stubs.Select(one => one.Name)))
                Assert.That(server.Output, Does.Match($"{name} stood at .* past the head"), "the alarm");
            Assert.That(history.Judge().Violations, Is.Empty);

            foreach (var one in libraries)
                one.MayBeRefused = true; // to read what was lost
            await KillAsync(() => BeginEpochAsync(server.Ledger, keeps));
            await AcceptAsync(100);
            await Task.WhenAll([.. libraries.Select(one => one.SettleAsync()), .. stubs.Select(one => one.SettleAsync())]);
            await history.DrainAsync();
            await Task.WhenAll([.. libraries.Select(one => one.StopAsync()), .. stubs.Select(one => one.StopAsync())]);
            await server.KillAsync();
            history.Judge(LedgerAudit.Read(server.Ledger)).Require();
        }
        catch
        {
            TestContext.Out.WriteLine(server.Output);
            throw;
        }
        finally
        {
            foreach (var one in libraries)
                await one.DisposeAsync();
            foreach (var one in stubs)
                await one.DisposeAsync();
        }

        List<int> Accepted() => [.. libraries.Select(one => one.AcceptedCount), .. stubs.Select(one => one.AcceptedCount)];

        async Task AcceptAsync(int more)
        {
            var enough = Accepted().ConvertAll(count => count + more);
            await Wait.Eventually(
                $"each has {more} more accepted",
                () => libraries.Exists(one => one.HasFailed) || Accepted().Zip(enough).All(pair => pair.First >= pair.Second));
        }

        async Task KillAsync(Func<Task> meanwhile)
        {
            await server.KillAsync();
            history.Fault("killed", isCrash: true);
            await meanwhile();
            await server.StartAsync();
        }
    }

    [Test]
    [Protocol("2.23", "2.31")]
    public async Task A_library_that_has_acknowledged_nothing_of_what_was_lost_notices_too()
    {
        using var copy = TemporaryFolder.Create();
        await using var server = await TestServer.StartAsync();
        await using var bob = Start(server, "bob");
        await SendAsync(bob, 3);
        await server.StopAsync();
        Copy(server.LedgerPath, copy.File("ledger.db"));
        await server.StartAgainAsync();
        await using var alice = Start(server, "alice");
        await using var taking = alice.ReceiveAsync().GetAsyncEnumerator();
        await SendAsync(bob, 3);
        await Wait.Eventually("alice's library has six", () => history.Judge().Counts.Delivered >= 6);
        await bob.DisposeAsync();
        await server.StopAsync();
        Copy(copy.File("ledger.db"), server.LedgerPath);
        await server.StartAgainAsync();

        await using var changes = alice.WatchConnectionAsync().GetAsyncEnumerator();
        do
            Assert.That(await changes.MoveNextAsync().InTime("alice is told"), Is.True);
        while (!IsOfThePast(changes.Current.Reason));

        // What takes the offsets that alice knows must reach her all the same, once they are another epoch's.
        await using var carol = Start(server, "carol");
        await SendAsync(carol, 3);
        await server.StopAsync();
        await AcceptLedgerAsync(server.LedgerPath);
        await server.StartAgainAsync();
        var got = new List<string>();
        while (got.Count < 9)
        {
            Assert.That(await taking.MoveNextAsync().InTime($"more than {string.Join(' ', got)}"), Is.True);
            got.Add(taking.Current.Id);
        }

        Assert.That(got, Is.EquivalentTo(new[] { "bob-1", "bob-2", "bob-3", "bob-4", "bob-5", "bob-6", "carol-1", "carol-2", "carol-3" }));
    }

    /// <summary>A device that was away stands before the copy's end, and nothing tells it anything.</summary>
    private bool ArePast(string ledger)
    {
        heads ??= LedgerAudit.Read(ledger).Sequences.ToDictionary(one => one.Key, one => one.Value.Keys.Last());
        return heads.All(head => history.AcknowledgedBy(head.Key, "phone") > head.Value
            && history.AcknowledgedBy(head.Key, "laptop") > head.Value);
    }

    private async Task BeginEpochAsync(string ledger, bool keeps)
    {
        if (keeps)
        {
            await AcceptLedgerAsync(ledger);
            history.NewEpoch(LedgerAudit.Read(ledger));
            return;
        }

        foreach (var suffix in (string[])["", "-wal", "-shm", ".head"])
            File.Delete(ledger + suffix);
        history.NewEpoch();
    }

    private static async Task AcceptLedgerAsync(string ledger)
    {
        var (code, _, error) = await Verb.RunAsync(ledger, "ledger", "accept");
        Assert.That(code, Is.Zero, error);
    }

    private static bool IsOfThePast(string? reason) => reason?.Contains("went back in time", StringComparison.Ordinal) == true;

    private async Task SendAsync(MessagingClient client, int count)
    {
        for (; count > 0; count--)
        {
            var (user, number) = sent[client];
            sent[client] = (user, ++number);
            var handle = await client.SendAsync(new OutgoingMessage { To = "alice", Id = $"{user}-{number}" }).InTime("a place");
            await handle.Accepted.InTime($"{user}-{number} is accepted");
        }
    }

    private MessagingClient Start(TestServer server, string user)
    {
        var options = new MessagingClientOptions
        {
            Address = new Uri(server.Address),
            User = user,
            Device = "phone",
            ReconnectBaseDelay = TimeSpan.FromMilliseconds(20),
            ReconnectMaxDelay = TimeSpan.FromMilliseconds(200),
        };
        var client = new MessagingClient(
            options, new RecordingTransport(new Messaging.Client.Connection.GrpcTransport(options), history), () => 0.5);
        sent.Add(client, (user, 0));
        return client;
    }

    private static Task CopyAsync(string from, string to)
    {
        Copy(from, to);
        return Task.CompletedTask;
    }

    /// <summary>
    /// The database, its log and its head, which belong together, of a service that does not run. (A copy without the head is
    /// refused before any device can say so.)
    /// </summary>
    private static void Copy(string from, string to)
    {
        foreach (var suffix in (string[])["", "-wal", "-shm", ".head"])
        {
            File.Delete(to + suffix);
            if (suffix != "-shm" && File.Exists(from + suffix))
                File.Copy(from + suffix, to + suffix);
        }
    }
}
