using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>An application whose process is killed, for real, over and over; looked at from outside.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class KilledClientTests : IDisposable
{
    private const int Outgoing = 3000;
    private const int Incoming = 1000;
    private const int Kills = 6;

    private readonly TemporaryFolder _folder = TemporaryFolder.Create();

    private string FilePath => _folder.File("alice.db");

    public void Dispose() => _folder.Dispose();

    [Test]
    [Protocol("1.14", "1.15", "1.16", "5.13")]
    public async Task A_killed_application_loses_nothing_doubles_nothing_and_reorders_nothing()
    {
        var random = Seed.Random();
        var application = new ApplicationRuns(FilePath, Outgoing, Incoming);
        await using var server = await TestServer.StartAsync();
        await using var bob = MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri(server.Address), User = "bob", Device = "phone",
        });
        var received = new List<string>();
        using var ending = new CancellationTokenSource();
        var receiving = ReceiveAsync(bob, received, ending.Token);
        var sending = SendAsync(bob);

        for (var kill = 0; kill < Kills; kill++)
        {
            using var process = application.Begin(server.Address);
            var enough = Math.Min(Outgoing - 100, application.Sent + random.Next(100, Outgoing / Kills));
            await Wait.Eventually($"{enough} are sent", () => application.Sent >= enough || process.HasExited);
            if (kill == 0)
            {
                Assert.That(() => MessagingStore.Open(FilePath), Throws.TypeOf<StoreUnusableException>(),
                    "another process has it");
            }
            process.Kill();
            await process.WaitForExitAsync().InTime("it is gone");
        }
        using (var last = application.Begin(server.Address))
        {
            await last.WaitForExitAsync().InTime($"it is done:\n{application.Output}");
            Assert.That(last.ExitCode, Is.Zero, application.Output);
        }

        await sending.InTime("bob has sent");
        await Wait.Eventually("bob has all", () => Count(received) >= Outgoing);
        await ending.CancelAsync();
        Assert.CatchAsync<OperationCanceledException>(() => receiving.InTime("bob ends"));
        Assert.That(received, Is.EqualTo(Enumerable.Range(0, Outgoing).Select(i => $"alice-{i}")));
        Assert.That(application.Seen(), Is.EqualTo(Enumerable.Range(0, Incoming).Select(i => $"bob-{i}")));
        Assert.That(LedgerEdit.Ask(FilePath, "SELECT count(*) FROM messaging_outbox"), Is.Zero);
        Assert.That(LedgerEdit.Ask(FilePath, "SELECT count(*) FROM messaging_unhandled"), Is.Zero);
        await using var store = MessagingStore.Open(FilePath);
        await using var alice = MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri(server.Address), User = "alice", Device = "phone", Store = store,
        });
        var conversation = (await alice.GetConversationsAsync()).Single();
        Assert.That((conversation.Unread, conversation.ReadUpTo > 0), Is.EqualTo((0, true)));
        await Wait.Eventually("the ticks are there", async () => (await alice.GetMessagesAsync("bob", limit: Outgoing + Incoming))
            .All(m => m.State == (m.IsOwn ? MessageState.Received : MessageState.Read)));
    }

    private static int Count(List<string> received)
    {
        lock (received)
            return received.Count;
    }

    private static async Task ReceiveAsync(MessagingClient bob, List<string> received, CancellationToken ending)
    {
        await foreach (var message in bob.ReceiveAsync(ending))
        {
            lock (received)
                received.Add(message.Id);
        }
    }

    private static async Task SendAsync(MessagingClient bob)
    {
        for (var i = 0; i < Incoming; i++)
        {
            var handle = await bob.SendAsync(new OutgoingMessage { To = "alice", Id = $"bob-{i}" });
            if (i % 100 == 0)
                await handle.Accepted;
        }
    }
}
