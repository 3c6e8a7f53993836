using Grpc.Core;
using Grpc.Net.Client;
using Messaging.Tests.Protocol;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Sync;

[CancelAfter(60_000)]
public sealed class StreamEndTests
{
    [Test]
    public async Task Shutting_down_answers_what_was_taken_and_says_unavailable()
    {
        await using var service = await RunningService.StartAsync();
        using var alice = service.Connect("alice", "phone");
        await alice.OpenAsync();
        await alice.SendAsync("m", "bob");
        await alice.ReadSignalAsync();

        var stopping = service.App.StopAsync();
        Assert.That((await alice.EndAsync()).Status, Is.EqualTo(StatusCode.Unavailable));
        await stopping;
    }

    [Test]
    [Protocol("9.26")]
    public async Task A_peer_that_does_not_read_is_cut_off_and_others_are_not_held_up()
    {
        await using var service = await RunningService.StartAsync(
            "--Messaging:Streams:StallTimeout=00:00:00.500", "--Messaging:Delivery:WindowBytes=67108864");
        using var alice = service.Connect("alice", "phone");
        using var deaf = service.Connect("deaf", "phone");
        await alice.OpenAsync();
        await deaf.OpenAsync();

        for (var number = 0; number < 60; number++)
        {
            await alice.SendAsync($"m{number}", "deaf", new string('x', 200_000));
            Assert.That((await alice.ReadSignalAsync()).SignalOffsetState, Is.True);
        }

        // It has not asked for a frame since: what it finds is the stream's end, behind what got through.
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        Assert.That((await deaf.EndAsync()).Status, Is.EqualTo(StatusCode.ResourceExhausted));
    }

    [Test]
    public async Task Silence_is_broken_by_a_heartbeat()
    {
        await using var service = await RunningService.StartAsync("--Messaging:Delivery:Heartbeat=00:00:00.100");
        using var alice = service.Connect("alice", "phone");
        Assert.That(await alice.HeaderAsync("messaging-heartbeat"), Is.EqualTo("0.1"));
        await alice.OpenAsync();
        await alice.SendAsync("m", "bob");
        await alice.ReadSignalAsync();

        var beat = await alice.ReadSignalAsync();
        Assert.That(beat, Is.EqualTo(new Signal
        {
            Type = SignalKind.Response,
            SignalType = SignalType.Device,
            SignalOffset = 1,
            SignalOffsetState = true,
        }));
    }

    [Test]
    public async Task A_peer_that_is_gone_leaves_nothing_behind()
    {
        await using var service = await RunningService.StartAsync();
        for (var number = 0; number < 20; number++)
        {
            using var alice = service.Connect("alice", $"phone{number}");
            await alice.OpenAsync();
        }

        using var bob = service.Connect("bob", "phone");
        await bob.OpenAsync();
        await bob.SendAsync("m", "alice");
        Assert.That((await bob.ReadSignalAsync()).SignalOffsetState, Is.True);
    }

    // A field cut short, and a string that is not UTF-8.
    [TestCase(new byte[] { 0x0A, 0x20, 0x0A })]
    [TestCase(new byte[] { 0x0A, 0x03, 0x0A, 0x01, 0xFF })]
    [Protocol("9.27")]
    public async Task Bytes_that_are_no_frame_end_the_stream(byte[] bytes)
    {
        await using var service = await RunningService.StartAsync();
        using var channel = GrpcChannel.ForAddress(service.Address);
        var raw = Marshallers.Create(static (byte[] value) => value, static value => value);
        var sync = new Method<byte[], byte[]>(
            MethodType.DuplexStreaming, "messaging.v1.MessagingService", "Sync", raw, raw);
        var metadata = new Metadata { { "messaging-user", "alice" }, { "messaging-device", "phone" } };
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(sync, null, new CallOptions(metadata));
        await call.RequestStream.WriteAsync(bytes);

        Assert.That(await call.ResponseStream.MoveNext(), Is.True, "the first position");
        var ended = Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext());
        Assert.That(ended!.StatusCode, Is.EqualTo(StatusCode.InvalidArgument).Or.EqualTo(StatusCode.Internal));
    }
}
