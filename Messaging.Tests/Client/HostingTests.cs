using System.Globalization;
using System.Reflection;
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

    [Test]
    public async Task A_store_of_the_applications_own_is_used_and_left_open()
    {
        var path = _folder.File("unused.db");
        await using var own = MessagingStore.InMemory();
        var builder = Builder("http://127.0.0.1:1", path);
        builder.Services.AddMessagingClient(
            builder.Configuration.GetSection("Messaging:Alice"), (_, options) => options with { Store = own });
        using (var host = builder.Build())
        {
            await host.StartAsync();
            await host.Services.GetRequiredService<MessagingClient>().SendAsync("bob", "a"u8.ToArray());
            await host.StopAsync();
        }

        await using var again = MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri("http://127.0.0.1:1"), User = "alice", Device = "phone", Store = own,
        });
        Assert.That(await again.GetMessagesAsync("bob"), Has.Count.EqualTo(1));
        Assert.That(File.Exists(path), Is.False);
    }

    [Test]
    public async Task A_client_that_cannot_start_says_why_each_time_and_keeps_no_store()
    {
        var path = _folder.File("failing.db");
        var builder = Builder("http://127.0.0.1:1", path);
        builder.Configuration["Messaging:Alice:MaxUnacceptedMessages"] = "0";
        builder.Services.AddMessagingClient(builder.Configuration.GetSection("Messaging:Alice"));
        using (var host = builder.Build())
        {
            Assert.That(() => host.StartAsync(), Throws.InstanceOf<ArgumentException>().With.Message.Contains("MaxUnacceptedMessages"));
            Assert.That(() => host.Services.GetRequiredService<MessagingClient>(),
                Throws.InstanceOf<ArgumentException>().With.Message.Contains("MaxUnacceptedMessages"));
        }

        await using var store = MessagingStore.Open(path);
        Assert.That(store.IsDurable);
    }

    [Test]
    public async Task Each_option_that_configuration_can_say_is_a_setting_and_reaches_the_client()
    {
        var bindable = typeof(MessagingClientOptions).GetProperties().Where(property => IsBindable(property.PropertyType)).ToList();
        var builder = Builder("http://127.0.0.1:1", _folder.File("options.db"));
        var numbers = 0;
        var expected = bindable.ToDictionary(property => property.Name, property => Another(property, ++numbers));
        foreach (var (name, value) in expected)
            builder.Configuration[$"Messaging:Alice:{name}"] = Convert.ToString(value, CultureInfo.InvariantCulture);
        MessagingClientOptions? seen = null;
        builder.Services.AddMessagingClient(builder.Configuration.GetSection("Messaging:Alice"), (_, options) => seen = options);
        using var host = builder.Build();
        await host.StartAsync();

        Assert.That(expected, Has.Count.GreaterThan(10));
        Assert.That(bindable.ToDictionary(property => property.Name, property => property.GetValue(seen)), Is.EquivalentTo(expected));
        await host.StopAsync();
    }

    private static bool IsBindable(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain.IsPrimitive || plain.IsEnum || plain == typeof(string) || plain == typeof(Uri) || plain == typeof(TimeSpan);
    }

    /// <summary>A valid value that is not the default.</summary>
    private static object Another(PropertyInfo property, int number) => property.PropertyType switch
    {
        var type when type == typeof(Uri) => new Uri($"http://127.0.0.1:{number}"),
        var type when type == typeof(string) => $"name-{number}",
        var type when type == typeof(bool) => true,
        // The longest waits are no shorter than the first.
        var type when type == typeof(TimeSpan) => TimeSpan.FromMilliseconds((property.Name.Contains("Max") ? 2000 : 1000) + number),
        var type when type == typeof(int) || type == typeof(int?) => 100 + number,
        var type => throw new NotSupportedException($"{property.Name} is a {type}: say what is valid and not its default."),
    };

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
