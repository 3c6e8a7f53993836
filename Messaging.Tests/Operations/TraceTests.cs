using System.Diagnostics;
using Grpc.Net.Client;
using Messaging.Tests.Reliability.Kills;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Operations;

/// <summary>What the service pushes to OpenTelemetry's collector, as a process of its own.</summary>
[CancelAfter(60_000)]
public sealed class TraceTests
{
    private const string Metrics = "/v1/metrics";
    private const string Traces = "/v1/traces";

    [Test]
    public async Task A_stream_is_traced_message_by_message_where_its_client_wants_it_and_not_otherwise()
    {
        await using var collector = await Collector.StartAsync();
        await using var server = Server(collector);
        await server.StartAsync();
        using var channel = GrpcChannel.ForAddress(server.Address);
        var (wanted, unwanted) = (ActivityTraceId.CreateRandom(), ActivityTraceId.CreateRandom());
        await using (var alice = await ConnectAsync(channel, "alice/phone", wanted, "01"))
        await using (var bob = await ConnectAsync(channel, "bob/laptop", unwanted, "00"))
        {
            await alice.SendAsync("bob", "traced-message", "the-secret-of-alice");
            await alice.AskAsync(ProbeDevice.Text("bob", "traced-message", "other"), isRepeat: true);
            await bob.SendAsync("alice", "untraced-message");

            // The stream goes on, and its messages are told already.
            await Wait.Eventually("the messages are told", () => collector.Count(Traces, "accept") >= 2);
            await alice.HalfCloseAsync();
            await bob.HalfCloseAsync();
        }

        Assert.That(await server.StopAsync(), Is.Zero);
        Assert.That(collector.Count(Traces, Bytes(wanted)), Is.EqualTo(3), "two messages, and the stream");
        Assert.That(collector.Count(Traces, "Microsoft.AspNetCore"), Is.GreaterThan(0), "the call's own span is the web server's");
        Assert.That(collector.Count(Traces, "traced-message") - collector.Count(Traces, "untraced-message"), Is.EqualTo(2));
        Assert.That(collector.Count(Traces, "already_exists"), Is.EqualTo(1));
        Assert.That(collector.Count(Traces, "half_closed"), Is.EqualTo(1));
        Assert.That(collector.Count(Traces, Bytes(unwanted)), Is.Zero);
        Assert.That(collector.Count(Traces, "untraced-message"), Is.Zero);
        Assert.That(collector.Count(Traces, "the-secret-of-alice"), Is.Zero);
        Assert.That(collector.Count(Metrics, "messaging.server.accepted.messages"), Is.GreaterThan(0));
    }

    [Test]
    public async Task Where_the_operator_says_so_every_stream_is_traced()
    {
        await using var collector = await Collector.StartAsync();
        await using var server = Server(collector);
        server.Environment["OTEL_TRACES_SAMPLER"] = "always_on";
        server.Environment["OTEL_SERVICE_NAME"] = "messaging-of-ours";
        await server.StartAsync();
        using var channel = GrpcChannel.ForAddress(server.Address);
        await using (var alice = await ProbeDevice.ConnectAsync(channel.CreateCallInvoker(), "alice/phone"))
        {
            await alice.SendAsync("bob", "traced-message");
            await alice.HalfCloseAsync();
        }

        Assert.That(await server.StopAsync(), Is.Zero);
        Assert.That(collector.Count(Traces, "traced-message"), Is.EqualTo(1));
        Assert.That(collector.Count(Traces, "messaging-of-ours"), Is.GreaterThan(0));
    }

    private static ServerProcess Server(Collector collector)
    {
        var server = new ServerProcess("--Messaging:Telemetry:Listen=");
        server.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address;
        server.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        server.Environment["OTEL_BSP_SCHEDULE_DELAY"] = "100";
        return server;
    }

    private static Task<ProbeDevice> ConnectAsync(GrpcChannel channel, string name, ActivityTraceId trace, string flags) =>
        ProbeDevice.ConnectAsync(channel.CreateCallInvoker(), name, new Grpc.Core.Metadata
        {
            { "traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-{flags}" },
        });

    private static byte[] Bytes(ActivityTraceId trace)
    {
        var bytes = new byte[16];
        trace.CopyTo(bytes);
        return bytes;
    }
}
