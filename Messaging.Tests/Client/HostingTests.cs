using Messaging.Client;
using Messaging.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>Clients in a host of their own, against the real service.</summary>
internal sealed class HostingTests
{
    private readonly TemporaryFolder _folder = TemporaryFolder.Create();

    [OneTimeTearDown]
    public void End() => _folder.Dispose();

    [Test]
    public async Task Clients_start_and_stop_with_their_host_and_keep_what_waits()
    {
        await using var server = await TestServer.StartAsync();
        var file = _folder.File("alice.db");
        string id;
        using (var host = Build(server.Address, file))
        {
            await host.StartAsync();
            var alice = host.Services.GetRequiredService<MessagingClient>();
            var bob = host.Services.GetRequiredKeyedService<MessagingClient>("bob");
            var handle = await alice.SendAsync("bob", "hello"u8.ToArray());
            id = handle.Id;
            await handle.Accepted.InTime("it is accepted");
            await foreach (var message in bob.ReceiveAsync())
            {
                Assert.That(message.Id, Is.EqualTo(id));
                break;
            }

            await Wait.Eventually("both are connected", async () => await StatusAsync(host) == HealthStatus.Healthy);
            await host.StopAsync();
            Assert.That((alice.State, bob.State), Is.EqualTo((ConnectionState.Closed, ConnectionState.Closed)));
            Assert.That(await StatusAsync(host), Is.EqualTo(HealthStatus.Unhealthy));
        }

        await using var store = MessagingStore.Open(file);
        await using var again = MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri(server.Address), User = "alice", Device = "phone", Store = store,
        });
        Assert.That(await again.FindAsync(id), Is.Not.Null);
    }

    [Test]
    public async Task A_client_without_its_server_is_degraded()
    {
        using var host = Build("http://127.0.0.1:1", _folder.File("offline.db"));
        await host.StartAsync();
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.That(report.Status, Is.EqualTo(HealthStatus.Degraded));
        Assert.That(report.Entries.Keys, Is.EquivalentTo(new[] { "messaging", "messaging:bob" }));
        await host.StopAsync();
    }

    [TestCase("Address")]
    [TestCase("User")]
    [TestCase("Device")]
    public void A_host_says_which_setting_it_misses(string name)
    {
        using var host = Build("http://127.0.0.1:1", _folder.File("missing.db"), without: name);
        Assert.That(() => host.StartAsync(), Throws.InvalidOperationException.With.Message.Contains($"Messaging:Alice:{name}"));
    }

    [Test]
    public async Task Settings_reach_the_client_and_code_has_the_last_word()
    {
        MessagingClientOptions? seen = null;
        var builder = Builder("http://127.0.0.1:1", _folder.File("settings.db"));
        builder.Configuration["Messaging:Alice:ReconnectMaxDelay"] = "00:00:07";
        builder.Configuration["Messaging:Alice:MaxUnacceptedMessages"] = "17";
        builder.Services.AddMessagingClient(
            builder.Configuration.GetSection("Messaging:Alice"), (_, options) => seen = options with { Window = 5 });
        using var host = builder.Build();
        await host.StartAsync();
        Assert.That(seen, Is.Not.Null);
        Assert.That(
            (seen!.User, seen.ReconnectMaxDelay, seen.MaxUnacceptedMessages, seen.Window),
            Is.EqualTo(("alice", TimeSpan.FromSeconds(7), 17, (int?)5)));
        await host.StopAsync();
    }

    private static async Task<HealthStatus> StatusAsync(IHost host) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status;

    private static IHost Build(string address, string file, string? without = null)
    {
        var builder = Builder(address, file, without);
        builder.Services.AddMessagingClient(builder.Configuration.GetSection("Messaging:Alice"));
        builder.Services.AddKeyedMessagingClient("bob", builder.Configuration.GetSection("Messaging:Bob"));
        builder.Services.AddHealthChecks().AddMessagingClient().AddMessagingClient("bob");
        return builder.Build();
    }

    private static HostApplicationBuilder Builder(string address, string file, string? without = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddLogging();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Messaging:Alice:Address"] = address,
            ["Messaging:Alice:User"] = "alice",
            ["Messaging:Alice:Device"] = "phone",
            ["Messaging:Alice:StorePath"] = file,
            ["Messaging:Bob:Address"] = address,
            ["Messaging:Bob:User"] = "bob",
            ["Messaging:Bob:Device"] = "laptop",
        });
        if (without is not null)
            builder.Configuration[$"Messaging:Alice:{without}"] = null;
        return builder;
    }
}
