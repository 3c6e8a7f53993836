using Grpc.Core;
using Messaging.Tests.Protocol;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Sync;

[CancelAfter(60_000)]
public sealed class DeviceSessionTests
{
    private RunningService _service = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _service = await RunningService.StartAsync("--Messaging:Streams:Unanswered=8");

    [OneTimeTearDown]
    public async Task StopAsync() => await _service.DisposeAsync();

    [Test]
    public async Task A_message_is_answered_pushed_and_ticked_back()
    {
        using var alice = _service.Connect("a1", "phone");
        using var bob = _service.Connect("b1", "phone");
        Assert.That((await alice.OpenAsync(), await bob.OpenAsync()), Is.EqualTo((0, 0)));

        await alice.SendAsync("m", "b1");
        var answer = await alice.ReadSignalAsync();
        Assert.That((answer.Id, answer.SignalOffset, answer.SignalOffsetState), Is.EqualTo(("m", 1, true)));

        var message = await bob.ReadMessageAsync();
        Assert.That(message.SignalRequest, Is.EqualTo(SignalRequest.Push));
        await bob.AcknowledgeAsync(message.SignalOffset);

        var tick = await alice.ReadSignalAsync();
        Assert.That((tick.Id, tick.SignalOffset, tick.From.User), Is.EqualTo(("m", 2, "b1")));
        Assert.That(tick.SignalAckState, Is.EqualTo(new SignalAckState { Send = true, Received = true }));
    }

    [Test]
    public async Task The_headers_say_what_the_stream_is()
    {
        using var device = _service.Connect("a2", "phone", ("messaging-window", "5"));
        Assert.That(await device.HeaderAsync("messaging-session"), Is.Not.Empty);
        Assert.That(await device.HeaderAsync("messaging-epoch"), Is.Not.Empty);
        Assert.That(await device.HeaderAsync("messaging-head"), Is.EqualTo("0"));
        Assert.That(await device.HeaderAsync("messaging-window"), Is.EqualTo("5"));
        Assert.That(await device.HeaderAsync("messaging-heartbeat"), Is.EqualTo("30"));
    }

    [Test]
    public async Task A_second_stream_of_the_device_replaces_the_first()
    {
        using var first = _service.Connect("a3", "phone");
        await first.OpenAsync();
        using var second = _service.Connect("a3", "phone");
        await second.OpenAsync();

        Assert.That(await first.EndAsync(), Is.EqualTo((StatusCode.Aborted, "replaced")));
        await second.SendAsync("m", "a3");
        Assert.That((await second.ReadSignalAsync()).SignalOffsetState, Is.True);
    }

    [Test]
    public async Task A_half_close_is_answered_in_full_and_ends_well()
    {
        using var alice = _service.Connect("a4", "phone");
        for (var number = 0; number < 100; number++)
            await alice.SendAsync($"m{number}", "b4");
        await alice.HalfCloseAsync();

        await alice.OpenAsync();
        for (var number = 0; number < 100; number++)
            Assert.That((await alice.ReadSignalAsync()).Id, Is.EqualTo($"m{number}"));
        Assert.That(await alice.TryReadAsync(), Is.Null);
    }

    [Test]
    [Protocol("9.20", "9.21")]
    public async Task Bad_frames_cost_an_error_each_and_without_end_the_stream()
    {
        using var alice = _service.Connect("a5", "phone");
        await alice.OpenAsync();
        for (var number = 0; number < 99; number++)
        {
            await alice.WriteAsync(new Frame());
            Assert.That((await alice.ReadSignalAsync()).Error, Does.StartWith("invalid_argument: "));
        }

        await alice.SendAsync("good", "b5");
        Assert.That((await alice.ReadSignalAsync()).SignalOffsetState, Is.True);
        for (var number = 0; number < 100; number++)
            await alice.WriteAsync(new Frame());
        Assert.That((await alice.EndAsync()).Status, Is.EqualTo(StatusCode.ResourceExhausted));
    }

    [Test]
    [Protocol("9.26")]
    public async Task A_frame_above_the_limit_ends_the_stream()
    {
        using var alice = _service.Connect("a6", "phone");
        await alice.OpenAsync();

        // The stream may end before the last byte has gone up.
        var sending = alice.SendAsync("m", "b6", new string('x', (1 << 20) + 1));
        await sending.ContinueWith(static _ => { }, TaskScheduler.Default);
        Assert.That((await alice.EndAsync()).Status, Is.EqualTo(StatusCode.ResourceExhausted));
    }

    [Test]
    [Protocol("7.6")]
    public async Task A_status_reaches_the_devices_that_are_connected_and_is_not_kept()
    {
        using var alice = _service.Connect("a7", "phone");
        using var bob = _service.Connect("b7", "phone");
        await alice.OpenAsync();
        await bob.OpenAsync();

        var typing = new Signal { Id = "t", Status = SignalStatus.Typing, Timestamp = 7, To = new() { User = "b7" } };
        await alice.SignalAsync(typing);
        Assert.That(await alice.ReadSignalAsync(), Is.EqualTo(new Signal
        {
            Id = "t",
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffsetState = true,
        }));
        typing.From = new Identity { User = "a7", Device = "phone" };
        typing.SignalType = SignalType.Receiver;
        Assert.That(await bob.ReadSignalAsync(), Is.EqualTo(typing));

        using var laptop = _service.Connect("b7", "laptop");
        Assert.That(await laptop.OpenAsync(), Is.Zero);
        await laptop.HalfCloseAsync();
        Assert.That(await laptop.TryReadAsync(), Is.Null);
    }

    [Test]
    public async Task A_re_read_goes_back_and_delivers_again()
    {
        using var alice = _service.Connect("a8", "phone");
        using var bob = _service.Connect("b8", "phone");
        await alice.OpenAsync();
        await bob.OpenAsync();
        await alice.SendAsync("m1", "b8");
        await bob.ReadMessageAsync();
        await bob.AcknowledgeAsync(1, "ack");
        await bob.ReadSignalAsync();

        await bob.SignalAsync(new Signal { Id = "again", Type = SignalKind.Request });
        var position = await bob.ReadSignalAsync();
        Assert.That((position.Id, position.SignalOffset, position.SignalType), Is.EqualTo(("again", 0, SignalType.Device)));
        var message = await bob.ReadMessageAsync();
        Assert.That((message.Id, message.SignalRequest), Is.EqualTo(("m1", SignalRequest.Pull)));
        Assert.That(message.SignalAckState.Received, Is.True);
    }

    [Test]
    public async Task A_window_of_one_is_the_one_by_one_exchange()
    {
        using var alice = _service.Connect("a9", "phone");
        await alice.OpenAsync();
        for (var number = 1; number <= 3; number++)
            await alice.SendAsync($"m{number}", "b9");
        await alice.ReadSignalAsync();
        await alice.ReadSignalAsync();
        await alice.ReadSignalAsync();

        using var bob = _service.Connect("b9", "phone", ("messaging-window", "1"));
        await bob.OpenAsync();
        for (var number = 1; number <= 3; number++)
        {
            var message = await bob.ReadMessageAsync();
            Assert.That((message.Id, message.SignalRequest), Is.EqualTo(($"m{number}", SignalRequest.Pull)));
            await bob.AcknowledgeAsync(number, $"ack{number}");
            Assert.That((await bob.ReadSignalAsync()).Id, Is.EqualTo($"ack{number}"));
        }

        await alice.SendAsync("m4", "b9");
        Assert.That((await bob.ReadMessageAsync()).SignalRequest, Is.EqualTo(SignalRequest.Push));
    }

    [TestCase("", "phone", "messaging-user")]
    [TestCase("alice", "%zz", "messaging-device")]
    public async Task Nobody_usable_is_turned_away_with_the_reason(string user, string device, string word)
    {
        using var nobody = _service.Connect(user, device);
        var refused = Assert.ThrowsAsync<RpcException>(nobody.TryReadAsync);
        Assert.That(refused!.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
        Assert.That(refused.Status.Detail, Does.Contain(word));
        await Task.CompletedTask;
    }

    [Test]
    public async Task A_position_past_the_head_is_refused()
    {
        using var known = _service.Connect("a10", "phone");
        var epoch = await known.HeaderAsync("messaging-epoch");
        using var ahead = _service.Connect("a10", "laptop", ("messaging-position", $"{epoch}/1"));
        Assert.That((await ahead.EndAsync()).Status, Is.EqualTo(StatusCode.FailedPrecondition));
    }
}
