using System.Diagnostics;
using System.Globalization;
using Messaging.Client;
using Messaging.Client.Connection;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>What a store in a file costs, beside one in memory and with nothing else in the way.</summary>
[Explicit("measures")]
[Category("Long")]
internal sealed class StoreSpeedTests
{
    private const int Runs = 5;
    private static readonly byte[] Payload = new byte[200];

    [Test]
    public async Task Messages_a_second_with_either_store()
    {
        await MeasureAsync("sent, each awaited", 2_000, client => SendAsync(client, 2_000, atOnce: 1));
        await MeasureAsync("sent, 16 at once", 10_000, client => SendAsync(client, 10_000, atOnce: 16));
        await MeasureAsync("sent, 256 at once", 30_000, client => SendAsync(client, 30_000, atOnce: 256));
        await MeasureAsync("received", 30_000, client => ReceiveAsync(client, 30_000), incoming: 30_000);
        await MeasureAsync("handled in one transaction", 5_000, client => HandleAsync(client, 5_000), 5_000, onlyFile: true);
    }

    [Test]
    public async Task Messages_a_second_through_the_real_service_with_either_store()
    {
        await using var server = await TestServer.StartAsync();
        var number = 0;
        await MeasureAsync("service: sent, each awaited", 1_000, client => SendAsync(client, 1_000, 1), through: NewUser);
        await MeasureAsync("service: sent, 256 at once", 20_480, client => SendAsync(client, 20_480, 256), through: NewUser);
        await MeasureAsync("service: received", 20_000, client => ReceiveAsync(client, 20_000), through: NewDevice);

        (ISyncTransport, MessagingClientOptions) NewUser(MessagingStore store) => As($"alice {++number}", "phone", store);

        // Gets everything that was sent to bob, from the first message on.
        (ISyncTransport, MessagingClientOptions) NewDevice(MessagingStore store) => As("bob", $"phone {++number}", store);

        (ISyncTransport, MessagingClientOptions) As(string user, string device, MessagingStore store)
        {
            var options = new MessagingClientOptions
            {
                Address = new Uri(server.Address), User = user, Device = device, Store = store,
            };
            return (new GrpcTransport(options), options);
        }
    }

    private static async Task MeasureAsync(
        string what, int count, Func<MessagingClient, Task> run, int incoming = 0, bool onlyFile = false,
        Func<MessagingStore, (ISyncTransport, MessagingClientOptions)>? through = null)
    {
        through ??= store => (new InstantServer(incoming, Payload), new MessagingClientOptions
        {
            Address = new Uri("http://localhost"), User = "alice", Device = "phone", Store = store,
        });
        var (memory, file) = (new List<double>(), new List<double>());
        for (var i = 0; i <= Runs; i++)
        {
            if (!onlyFile)
                memory.Add(count / await RunAsync(_ => MessagingStore.InMemory(), run, through));
            file.Add(count / await RunAsync(folder => MessagingStore.Open(folder.File("alice.db")), run, through));
        }
        // The first of each warms up.
        var (inMemory, inFile) = (onlyFile ? 0 : Median(memory.Skip(1)), Median(file.Skip(1)));
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what,-28} memory {inMemory,8:F0}/s   file {inFile,8:F0}/s   {(onlyFile ? "" : $"file/memory {inFile / inMemory:F2}")}"));
    }

    private static async Task<double> RunAsync(
        Func<TemporaryFolder, MessagingStore> open, Func<MessagingClient, Task> run,
        Func<MessagingStore, (ISyncTransport, MessagingClientOptions)> through)
    {
        using var folder = TemporaryFolder.Create();
        await using var store = open(folder);
        var (transport, options) = through(store);
        await using var client = new MessagingClient(options, transport, () => 0.5);
        var took = Stopwatch.StartNew();
        await run(client).InTime("it is measured", TimeSpan.FromMinutes(2));
        return took.Elapsed.TotalSeconds;
    }

    private static async Task SendAsync(MessagingClient client, int count, int atOnce)
    {
        SendHandle last = null!;
        for (var i = 0; i < count; i += atOnce)
            last = (await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => client.SendAsync("bob", Payload))))[^1];
        await last.Accepted;
    }

    private static async Task ReceiveAsync(MessagingClient client, int count)
    {
        await foreach (var _ in client.ReceiveAsync())
        {
            if (--count == 0)
                return;
        }
    }

    private static async Task HandleAsync(MessagingClient client, int count)
    {
        await foreach (var message in client.ReceiveAsync())
        {
            await client.HandleAsync(message, _ => { });
            if (--count == 0)
                return;
        }
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Runs / 2);
}
