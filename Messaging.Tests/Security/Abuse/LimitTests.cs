using Grpc.Core;
using Messaging.Service.Sync;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Messaging.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace Messaging.Tests.Security.Abuse;

/// <summary>Each limit of a device, a user and a stream: up to there it lets be, and past it it holds.</summary>
[TestFixture]
public sealed class LimitTests : AccountTests
{
    private readonly FakeTimeProvider time = new();

    private protected override string[] Settings =>
    [
        "--Messaging:Limits:Burst=00:00:01", "--Messaging:Limits:MessagesPerSecond=10",
        "--Messaging:Limits:BytesPerSecond=2000", "--Messaging:Limits:UserMessagesPerSecond=15",
        "--Messaging:Limits:UserBytesPerSecond=3000", "--Messaging:Limits:DevicesPerUser=3",
        "--Messaging:Limits:OpeningsPerMinute=6", "--Messaging:Limits:CallsPerMinute=6", "--Messaging:Limits:UserCallsPerMinute=8",
        "--Messaging:Streams:FramesPerSecond=50",
        "--Messaging:Streams:BytesPerSecond=40000", "--Messaging:Streams:OverRate=20",
        "--Messaging:Streams:MaxAge=01:00:00", "--Messaging:Delivery:Heartbeat=01:00:00",
    ];

    private protected override void Configure(WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<TimeProvider>(time);

    [Test]
    [Protocol("9.4", "9.44")]
    public async Task A_device_may_send_so_many_messages_a_second()
    {
        var alice = await ConnectAsync("alice/phone");
        Assert.That(await SendAsync(alice, 12), Is.EqualTo(10));
        time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.That(await RepeatAsync(alice, 10, 12), Is.EqualTo(2), "what was refused goes now");
    }

    [Test]
    [Protocol("9.44")]
    public async Task A_device_may_send_so_many_bytes_a_second_and_one_message_however_large()
    {
        var alice = await ConnectAsync("alice/phone");
        Assert.That((await alice.SendAsync("bob", "large", new string('x', 10_000))).SignalOffsetState, Is.True);
        Assert.That(Code(await alice.SendAsync("bob", "small")), Is.EqualTo("resource_exhausted"));
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.That(Code(await alice.RepeatAsync(ProbeDevice.Text("bob", "small"))), Is.EqualTo("resource_exhausted"), "it owes 8,000");
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.That((await alice.RepeatAsync(ProbeDevice.Text("bob", "small"))).SignalOffsetState, Is.True);
    }

    [Test]
    [Protocol("9.45")]
    public async Task All_devices_of_a_user_may_send_so_many_messages_together()
    {
        var phone = await ConnectAsync("alice/phone");
        var laptop = await ConnectAsync("alice/laptop");
        var bob = await ConnectAsync("bob/phone");
        Assert.That(await SendAsync(phone, 10), Is.EqualTo(10));
        Assert.That(await SendAsync(laptop, 10, "l"), Is.EqualTo(5));
        Assert.That(await SendAsync(bob, 10), Is.EqualTo(10), "another user has another share");
    }

    [Test]
    [Protocol("9.45")]
    public async Task All_devices_of_a_user_may_send_so_many_bytes_together()
    {
        var devices = new List<ProbeDevice>();
        foreach (var name in new[] { "phone", "laptop", "tablet" })
            devices.Add(await ConnectAsync($"alice/{name}"));
        foreach (var device in devices.Take(2))
            Assert.That((await device.SendAsync("bob", device.Name, new string('x', 1_600))).SignalOffsetState, Is.True);
        Assert.That(Code(await devices[2].SendAsync("bob", "third", "small")), Is.EqualTo("resource_exhausted"));
    }

    [Test]
    [Protocol("9.46")]
    public async Task A_device_that_goes_on_over_its_rate_loses_its_stream()
    {
        var alice = await ConnectAsync("alice/phone");
        for (var i = 0; i < 30; i++)
            await alice.UpAsync(Up(ProbeDevice.Text("bob", $"m-{i}")));
        var ended = await alice.EndAsync();
        Assert.That(ended.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted), ended.Detail);
        Assert.That(alice.Frames.Count(frame => frame.Signal.HasError), Is.EqualTo(20), "each has its answer");
        Assert.That(Code(await (await ConnectAsync("alice/phone")).SendAsync("bob", "again")), Is.EqualTo("resource_exhausted"));
    }

    [Test]
    [Protocol("9.47")]
    public async Task Only_so_many_devices_of_a_user_are_connected_and_one_of_them_may_always_come_again()
    {
        foreach (var name in new[] { "one", "two", "three" })
            await ConnectAsync($"alice/{name}");
        var refused = await RefusedAsync(With(("messaging-user", "alice"), ("messaging-device", "four")));
        Assert.That(refused.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted), refused.Detail);
        var three = await ConnectAsync("alice/three");
        await DisconnectAsync(three);
        await ConnectAsync("alice/four");
        await ConnectAsync("bob/one");
    }

    [Test]
    [Protocol("9.48")]
    public async Task A_user_may_open_so_many_streams_a_minute()
    {
        for (var i = 0; i < 6; i++)
            await DisconnectAsync(await ConnectAsync("alice/phone"));
        var refused = await RefusedAsync(With(("messaging-user", "alice"), ("messaging-device", "phone")));
        Assert.That(refused.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted), refused.Detail);
        await ConnectAsync("bob/phone");
        time.Advance(TimeSpan.FromSeconds(10));
        await ConnectAsync("alice/phone");
    }

    [Test]
    [Protocol("11.30")]
    public async Task A_device_may_make_so_many_calls_a_minute_and_cannot_use_up_its_users_share()
    {
        await DisconnectAsync(await ConnectAsync("alice/phone"));
        foreach (var call in AllCalls("alice/phone").Where((_, i) => i != 2)) // all but its own removal
            await call();
        await RefusedAsync(() => BlockAsync("alice/phone", ""), StatusCode.InvalidArgument); // costs one like any other
        foreach (var call in AllCalls("alice/phone"))
            await RefusedAsync(call, StatusCode.ResourceExhausted, "too_many_calls");

        await BlockAsync("alice/laptop", "carol");
        await RevokeAsync("alice/laptop", "phone");
        await RefusedAsync(() => BlockedAsync("alice/tablet"), StatusCode.ResourceExhausted, "too_many_calls");
        await BlockedAsync("bob/phone");
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.That((await BlockedAsync("alice/tablet")).Users, Is.EqualTo(new[] { "carol" }));
        Assert.That((await DevicesAsync("bob/phone")).Devices, Is.Empty);
    }

    [Test]
    [Protocol("2.54")]
    public async Task A_stream_is_read_so_many_frames_a_second_and_none_is_lost()
    {
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectAsync("bob/phone");
        for (var i = 0; i < 200; i++)
            await alice.UpAsync(Up(new Signal { Id = $"s-{i}", To = new Identity { User = "bob" }, Status = SignalStatus.Typing }));
        await alice.Until("as many as may be", () => Answers(alice) >= 50);
        for (var i = 0; i < 10; i++)
            await SoFarAsync(bob);
        Assert.That(Answers(alice), Is.LessThanOrEqualTo(102), "the rest is not read");
        await Wait.Eventually("all of them, in time", () =>
        {
            time.Advance(TimeSpan.FromSeconds(0.1));
            return Answers(alice) == 200;
        });
        Assert.That(
            alice.Frames.Skip(1).Select(frame => frame.Signal.Id), Is.EqualTo(Enumerable.Range(0, 200).Select(i => $"s-{i}")));

        static int Answers(ProbeDevice device) => device.Frames.Count - 1;
    }

    [Test]
    [Protocol("2.54")]
    public async Task A_stream_is_read_so_many_bytes_a_second()
    {
        var alice = await ConnectAsync("alice/phone");
        for (var i = 0; i < 2; i++)
            await alice.UpAsync(Up(ProbeDevice.Text("bob", $"{i}", new string('x', 100_000))));
        await alice.Until("the first is answered", () => alice.Frames.Count == 2);
        await SoFarAsync(await ConnectAsync("bob/phone"));
        Assert.That(alice.Frames, Has.Count.EqualTo(2), "the second is not read");
        time.Advance(TimeSpan.FromSeconds(10));
        await alice.Until("the second", () => alice.Frames.Count == 3);
    }

    [Test]
    [Protocol("2.55", "9.28")]
    public async Task A_stream_that_is_old_enough_ends_with_unavailable_and_nothing_is_lost()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m-1");
        time.Advance(TimeSpan.FromMinutes(47));
        Assert.That((await alice.SendAsync("bob", "m-2")).SignalOffsetState, Is.True, "not yet");
        time.Advance(TimeSpan.FromMinutes(13));
        var ended = await alice.EndAsync();
        Assert.That(ended.StatusCode, Is.EqualTo(StatusCode.Unavailable), ended.Detail);
        Assert.That((await (await ConnectAsync("alice/phone")).SendAsync("bob", "m-3")).UserOffset, Is.EqualTo(3));
    }

    [Test]
    [Protocol("2.55")]
    public void Streams_that_were_opened_together_do_not_end_together()
    {
        var ages = Enumerable.Range(0, 1_000).Select(i => AgeWatch.AgeOf(TimeSpan.FromHours(1), $"{i:x16}").TotalMinutes).ToList();
        Assert.That(ages, Is.All.InRange(48, 60));
        Assert.That(ages.Count(age => age < 51), Is.InRange(150, 350), "a quarter of them in the first quarter");
    }

    private static async Task<int> SendAsync(ProbeDevice device, int count, string id = "m")
    {
        var accepted = 0;
        for (var i = 0; i < count; i++)
            accepted += (await device.SendAsync("carol", $"{id}-{i}")).SignalOffsetState ? 1 : 0;
        return accepted;
    }

    private static async Task<int> RepeatAsync(ProbeDevice device, int from, int to)
    {
        var accepted = 0;
        for (var i = from; i < to; i++)
            accepted += (await device.RepeatAsync(ProbeDevice.Text("carol", $"m-{i}"))).SignalOffsetState ? 1 : 0;
        return accepted;
    }
}
