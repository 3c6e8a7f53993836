using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Messaging.Service.Operations;
using Messaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace Messaging.Tests.Operations;

/// <summary>Where operators look, and where nobody else does.</summary>
[CancelAfter(60_000)]
[Parallelizable(ParallelScope.All)]
public sealed partial class OperatorsPortTests
{
    private const string AnyPort = "--Messaging:Telemetry:Listen=127.0.0.1:0";

    private static readonly HttpClient Http = new();

    [Test]
    public async Task It_has_the_metrics_and_the_health_and_nothing_else()
    {
        await using var server = await TestServer.StartAsync(AnyPort);
        await using var alice = await server.ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m1");

        var scraped = await ScrapeAsync(server);
        Assert.That(scraped, Does.Contain("messaging_server_accepted_messages_total"));
        Assert.That(scraped, Does.Contain("messaging_server_ledger_commit_duration_seconds_bucket"));
        Assert.That(scraped, Does.Contain("dotnet_process_memory_working_set_bytes"));
        Assert.That(scraped, Does.Not.Contain("alice").And.Not.Contain("bob"));
        Assert.That(await AskAsync(server, "livez"), Is.EqualTo((HttpStatusCode.OK, "Ready\n")));
        Assert.That(await AskAsync(server, "readyz"), Is.EqualTo((HttpStatusCode.OK, "Ready\n")));
        Assert.That((await AskAsync(server, "messaging.v1.MessagingService/Sync")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("metrics")]
    [TestCase("livez")]
    [TestCase("readyz")]
    public async Task The_port_of_the_devices_has_none_of_it(string path)
    {
        await using var server = await TestServer.StartAsync(AnyPort);
        using var asked = new HttpRequestMessage(HttpMethod.Get, $"{server.Address}/{path}")
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var answer = await Http.SendAsync(asked).InTime("it answers");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task It_is_where_it_was_told_to_be_and_by_default_on_loopback()
    {
        Assert.That(IPAddress.IsLoopback(IPEndPoint.Parse(new TelemetryOptions().Listen).Address));

        await using var server = await TestServer.StartAsync(AnyPort);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var refused = Assert.ThrowsAsync<SocketException>(
            () => socket.ConnectAsync(IPAddress.Parse("127.0.0.2"), PortOf(server).Address!.Port));
        Assert.That(refused.SocketErrorCode, Is.EqualTo(SocketError.ConnectionRefused));
    }

    [Test]
    public async Task Without_an_address_there_is_none()
    {
        await using var server = await TestServer.StartAsync("--Messaging:Telemetry:Listen=");
        Assert.That(PortOf(server).Address, Is.Null);
        Assert.That(server.Services.GetService<OpenTelemetry.Metrics.MeterProvider>(), Is.Null);
    }

    [Test]
    public async Task Where_its_port_is_taken_the_service_serves_without_it_and_says_so()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var log = new StoryLog();
        await using var server = await TestServer.StartAsync(
            builder => builder.Logging.AddProvider(log), $"--Messaging:Telemetry:Listen={taken.LocalEndpoint}");
        await using var alice = await server.ConnectAsync("alice/phone");
        Assert.That((await alice.SendAsync("bob", "m1")).SignalOffsetState, Is.True);
        Assert.That(log.Lines, Has.Some.StartsWith($"Warning 302: Messaging:Telemetry:Listen is {taken.LocalEndpoint}"));
    }

    [Test]
    public async Task Every_metric_is_in_the_operators_manual_and_the_dashboard_and_the_alerts_ask_only_for_those_there_are()
    {
        // A process of its own: in this one other tests' servers are heard too.
        await using var server = new ServerProcess(AnyPort);
        await server.StartAsync();
        var address = ListensAt().Match(server.Output).Groups[1].Value;
        using (var channel = Grpc.Net.Client.GrpcChannel.ForAddress(server.Address))
        {
            await using var alice = await ProbeDevice.ConnectAsync(channel.CreateCallInvoker(), "alice/phone");
            await alice.SendAsync("bob", "m1");
            await alice.ReadAsync("bob", "none");
            await alice.HalfCloseAsync();
            Assert.CatchAsync(() => ProbeDevice.ConnectAsync(channel.CreateCallInvoker(), "/"));
        }

        string scraped = "";
        await Wait.Eventually("the stream's end is told", async () =>
        {
            scraped = await Http.GetStringAsync(new Uri($"{address}metrics"));
            return scraped.Contains("ended_streams", StringComparison.Ordinal);
        });
        var told = TypeLine().Matches(scraped).Select(match => match.Groups[1].Value).ToHashSet();
        // They come with what they count: a fold, a checkpoint, a step of retention.
        told.UnionWith(
        [
            "messaging_server_ledger_fold_duration_seconds", "messaging_server_ledger_checkpoint_duration_seconds",
            "messaging_server_ledger_retention_duration_seconds",
        ]);

        var manual = await File.ReadAllTextAsync(Path.Combine(SourceFolder.Path, "docs/operations.md"));
        var written = ManualRow().Matches(manual).Select(match => match.Groups[1].Value);
        Assert.That(written, Is.EquivalentTo(told.Where(name => name.StartsWith("messaging_", StringComparison.Ordinal))));

        foreach (var file in (string[])["docs/dashboards/messaging.json", "docs/dashboards/alerts.yml"])
        {
            var asked = Name().Matches(await File.ReadAllTextAsync(Path.Combine(SourceFolder.Path, file)))
                .Select(match => Suffix().Replace(match.Value, "")).Distinct();
            Assert.That(asked, Is.SubsetOf(told), file);
        }
    }

    private static OperatorsPort PortOf(TestServer server) => server.Services.GetRequiredService<OperatorsPort>();

    private static async Task<(HttpStatusCode Status, string Text)> AskAsync(TestServer server, string path)
    {
        using var answer = await Http.GetAsync(new Uri(PortOf(server).Address!, path)).InTime($"{path} answers");
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<string> ScrapeAsync(TestServer server)
    {
        using var asked = new HttpRequestMessage(HttpMethod.Get, new Uri(PortOf(server).Address!, "metrics"));
        asked.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/plain"));
        using var answer = await Http.SendAsync(asked).InTime("it is scraped");
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    [GeneratedRegex(@"Metrics and health are at (\S+)")]
    private static partial Regex ListensAt();

    [GeneratedRegex(@"(?m)^# TYPE (\S+) ")]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"(?m)^\| `(messaging_\w+)`")]
    private static partial Regex ManualRow();

    [GeneratedRegex(@"\b(messaging_server|dotnet|kestrel)_\w+")]
    private static partial Regex Name();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();
}
