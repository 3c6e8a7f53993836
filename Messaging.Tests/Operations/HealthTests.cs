using System.Diagnostics.Metrics;
using System.Net;
using Grpc.Core;
using Grpc.Health.V1;
using Messaging.Service.Hosting;
using Messaging.Service.Ledger;
using Messaging.Service.Operations;
using Messaging.Tests.Support;
using Messaging.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NUnit.Framework;
using Status = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Messaging.Tests.Operations;

/// <summary>What a load balancer and a supervisor hear, when it changes.</summary>
[CancelAfter(60_000)]
[Parallelizable(ParallelScope.All)]
public sealed class HealthTests
{
    private const string AnyPort = "--Messaging:Telemetry:Listen=127.0.0.1:0";

    private static readonly HttpClient Http = new();

    [TestCase("")]
    [TestCase("live")]
    [TestCase("ready")]
    [TestCase("messaging.v1.MessagingService")]
    public async Task A_service_that_runs_is_serving(string name)
    {
        await using var server = await TestServer.StartAsync();
        Assert.That(await CheckAsync(server, name), Is.EqualTo(Status.Serving));
    }

    [Test]
    public async Task A_name_that_is_none_is_not_found()
    {
        await using var server = await TestServer.StartAsync();
        var refused = Assert.ThrowsAsync<RpcException>(() => CheckAsync(server, "nonsense"));
        Assert.That(refused.StatusCode, Is.EqualTo(StatusCode.NotFound));
    }

    [Test]
    public async Task A_service_that_stops_is_alive_and_not_ready_from_the_moment_it_is_told_until_its_streams_have_ended()
    {
        GatedLedger gate = null!;
        await using var server = await TestServer.StartAsync(
            builder =>
            {
                var open = (OpenLedger)builder.Services.Last(
                    service => service.ServiceType == typeof(OpenLedger)).ImplementationInstance!;
                builder.Services.AddSingleton<OpenLedger>(
                    async (services, stop) => gate = new GatedLedger(await open(services, stop)));
            },
            AnyPort, "--Messaging:Streams:DrainTimeout=00:00:30");
        await using var alice = await server.ConnectAsync("alice/phone");
        gate.Shut();
        await alice.UpAsync(new Frame { Message = ProbeDevice.Text("bob", "m1") });
        await Wait.Eventually("the service has it", () => gate.Held == 1);
        using var ready = new Health.HealthClient(server.Channel).Watch(new HealthCheckRequest { Service = "ready" });
        Assert.That(await NextAsync(ready), Is.EqualTo(Status.Serving));

        // While an answer is owed, nothing ends.
        var port = server.Services.GetRequiredService<OperatorsPort>().Address!;
        server.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        Assert.That(await NextAsync(ready), Is.EqualTo(Status.NotServing));
        Assert.That(await CheckAsync(server, ""), Is.EqualTo(Status.NotServing));
        Assert.That(await CheckAsync(server, "ready"), Is.EqualTo(Status.NotServing));
        Assert.That(await CheckAsync(server, "live"), Is.EqualTo(Status.Serving));
        Assert.That(await AskAsync(port, "readyz"), Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(await AskAsync(port, "livez"), Is.EqualTo(HttpStatusCode.OK));

        var stopped = server.StopAsync();
        Assert.That(await CheckAsync(server, "ready"), Is.EqualTo(Status.NotServing));
        await gate.OpenAsync();
        Assert.That((await alice.EndAsync()).StatusCode, Is.EqualTo(StatusCode.Unavailable));
        Assert.That(alice.Frames[^1].Signal.Id, Is.EqualTo("m1"));
        await stopped.InTime("the watch holds up nothing");
    }

    [Test]
    public async Task A_service_whose_ledger_fails_is_neither()
    {
        var ledger = new FailingLedger();
        await using var server = await TestServer.StartAsync(
            builder => builder.Services.AddSingleton<OpenLedger>((_, _) => Task.FromResult<ILedger>(ledger)), AnyPort);
        server.ExpectAlarm("The ledger failed");
        using var live = new Health.HealthClient(server.Channel).Watch(new HealthCheckRequest { Service = "live" });
        Assert.That(await NextAsync(live), Is.EqualTo(Status.Serving));

        ledger.Fail();
        Assert.That(await NextAsync(live), Is.EqualTo(Status.NotServing));
        Assert.That(await CheckAsync(server, "ready"), Is.EqualTo(Status.NotServing));
        var port = server.Services.GetRequiredService<OperatorsPort>().Address!;
        Assert.That(await AskAsync(port, "livez"), Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(await AskAsync(port, "readyz"), Is.EqualTo(HttpStatusCode.ServiceUnavailable));
    }

    [Test]
    public async Task A_service_whose_ledger_is_damaged_is_alive_and_not_ready_and_one_that_is_only_doubted_is_both()
    {
        await using var server = await TestServer.StartAsync(AnyPort);
        using var heard = new Heard(server.Services.GetRequiredService<Meter>());
        using var ready = new Health.HealthClient(server.Channel).Watch(new HealthCheckRequest { Service = "ready" });
        Assert.That(await NextAsync(ready), Is.EqualTo(Status.Serving));

        server.Services.GetRequiredService<LedgerCondition>().Doubted("a device says so");
        Assert.That(heard.Of("messaging.server.ledger.doubted"), Is.EqualTo(1));
        Assert.That(heard.Of("messaging.server.ledger.damaged"), Is.Zero);
        Assert.That(await CheckAsync(server, "ready"), Is.EqualTo(Status.Serving));

        server.Services.GetRequiredService<LedgerCondition>().Damaged("row 1");
        Assert.That(await NextAsync(ready), Is.EqualTo(Status.NotServing));
        Assert.That(heard.Of("messaging.server.ledger.damaged"), Is.EqualTo(1));
        Assert.That(await CheckAsync(server, "live"), Is.EqualTo(Status.Serving));
        var port = server.Services.GetRequiredService<OperatorsPort>().Address!;
        Assert.That(await AskAsync(port, "livez"), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await AskAsync(port, "readyz"), Is.EqualTo(HttpStatusCode.ServiceUnavailable));
    }

    [Test]
    public async Task A_service_that_opens_its_ledger_is_alive_and_not_ready()
    {
        var opened = new TaskCompletionSource<ILedger>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = MessagingApplication.Create(
            ["--environment", "Development", "--urls", "http://127.0.0.1:0", AnyPort],
            builder => builder.Services.AddSingleton<OpenLedger>((_, _) => opened.Task));
        var starting = app.StartAsync();
        var port = app.Services.GetRequiredService<OperatorsPort>();
        await Wait.Eventually("it listens", () => port.Address is not null);
        Assert.That(await AskAsync(port.Address!, "livez"), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await AskAsync(port.Address!, "readyz"), Is.EqualTo(HttpStatusCode.ServiceUnavailable));

        opened.SetResult(new FailingLedger());
        await starting.InTime("it starts");
        Assert.That(await AskAsync(port.Address!, "readyz"), Is.EqualTo(HttpStatusCode.OK));
        await app.StopAsync().InTime("it stops");
    }

    private static async Task<Status> CheckAsync(TestServer server, string name) =>
        (await new Health.HealthClient(server.Channel).CheckAsync(new HealthCheckRequest { Service = name })
            .ResponseAsync.InTime("the health check")).Status;

    private static async Task<Status> NextAsync(AsyncServerStreamingCall<HealthCheckResponse> watch)
    {
        Assert.That(await watch.ResponseStream.MoveNext(CancellationToken.None).InTime("the watch tells"));
        return watch.ResponseStream.Current.Status;
    }

    private static async Task<HttpStatusCode> AskAsync(Uri port, string path)
    {
        using var answer = await Http.GetAsync(new Uri(port, path)).InTime($"{path} answers");
        return answer.StatusCode;
    }

    private sealed class FailingLedger : ILedger
    {
        private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Epoch => "epoch";

        public Task Completion => _completion.Task;

        public void Fail() => _completion.SetException(new IOException("the disk is gone"));

        public ValueTask SubmitAsync(Submission submission, CancellationToken cancellationToken) =>
            throw new LedgerClosedException();

        public ValueTask<HistoryPage?> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken) =>
            throw new LedgerClosedException();

        public ValueTask<ConversationPage?> ReadConversationsAsync(
            ConversationQuery query, CancellationToken cancellationToken) => throw new LedgerClosedException();

        public ValueTask DisposeAsync()
        {
            _completion.TrySetResult();
            return ValueTask.CompletedTask;
        }
    }
}
