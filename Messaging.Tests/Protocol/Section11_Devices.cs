using System.Diagnostics;
using Grpc.Core;
using Messaging.Client;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §11: a user's devices, and how one of them is removed.</summary>
[TestFixture]
public sealed class Section11_Devices : AccountTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    // Who sends so much, or does not read, has another end: on a busy machine that must not come first.
    private protected override string[] Settings =>
        ["--Messaging:Ledger:MaxDevices=4", "--Messaging:Streams:OverRate=0", "--Messaging:Streams:StallTimeout=00:10:00"];

    [Test]
    [Protocol("11.2", "11.3", "11.4", "11.5", "11.28")]
    public async Task Devices_are_listed_with_what_is_known_of_them()
    {
        var before = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var alice = await ConnectAsync("alice/phone");
        var laptop = await ConnectAsync("bob/laptop");
        await SendManyAsync(alice, "bob", 3);
        await laptop.MessagesAsync(3);
        await laptop.AcknowledgeAsync(2);
        await DisconnectAsync(await ConnectAsync("bob/phone"));
        await NameAsync("bob/settings", "laptop", "Bob's \"big\" one \u200f\u05d0");

        var devices = (await DevicesAsync("bob/settings")).Devices;
        Assert.That(devices.Select(device => device.Device), Is.EqualTo(new[] { "laptop", "phone" }), "a call registers none");
        Assert.That(devices.Select(device => device.Label), Is.EqualTo(new[] { "Bob's \"big\" one \u200f\u05d0", "" }));
        Assert.That(devices.Select(device => device.Connected), Is.EqualTo(new[] { true, false }));
        Assert.That(devices.Select(device => (device.Cursor, device.Waiting)), Is.EqualTo(new[] { (2, 1), (0, 3) }));
        foreach (var device in devices)
        {
            Assert.That(device.CreatedAt, Is.InRange(before, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()));
            Assert.That(device.LastSeenAt, Is.InRange(device.CreatedAt, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()));
        }

        Assert.That(devices[0].LastSeenAt, Is.GreaterThan(devices[0].CreatedAt), "its cursor has moved");
        Assert.That(devices[1].LastSeenAt, Is.EqualTo(devices[1].CreatedAt));
        await NameAsync("bob/phone", "laptop", "");
        await Server.RestartAsync();
        devices = (await DevicesAsync("bob/phone")).Devices;
        Assert.That(devices.Select(device => (device.Label, device.Connected)), Is.All.EqualTo(("", false)));
    }

    [Test]
    [Protocol("11.6", "11.7")]
    public async Task The_stream_of_a_device_that_is_removed_ends_soon_and_says_why()
    {
        var alice = await ConnectAsync("alice/phone");
        var phone = await ConnectAsync("bob/phone");
        var laptop = await ConnectAsync("bob/laptop");
        await alice.SendAsync("bob", "m-1");
        await phone.MessagesAsync(1);
        await phone.AcknowledgeAsync(1);

        var watch = Stopwatch.StartNew();
        await RevokeAsync("bob/laptop", "phone");
        Assert.That((await phone.EndAsync()).StatusCode, Is.EqualTo(StatusCode.PermissionDenied));
        Assert.That(watch.Elapsed, Is.LessThan(Soon));
        Assert.That(phone.Trailers().GetValue("messaging-reason"), Is.EqualTo("device_revoked"));

        await alice.SendAsync("bob", "m-2");
        Assert.That((await laptop.MessagesAsync(2))[0].SignalAckState.Send, Is.True);
        Assert.That(phone.Messages, Has.Count.EqualTo(1));
        Assert.That((await alice.ReceiptsAsync(1))[0].SignalAckState.Received, Is.True, "what it acknowledged before counts");
    }

    [Test]
    [Protocol("11.6")]
    public async Task A_device_that_is_removed_and_does_not_read_is_cut_off()
    {
        await DisconnectAsync(await ConnectAsync("bob/laptop"));
        using var call = new MessagingService.MessagingServiceClient(Server.Channel).Sync(As("bob/phone"));
        var message = ProbeDevice.Text(new string('b', 255), "");
        message.To.Device = new string('d', 255);
        var (writing, sent) = (Task.CompletedTask, 0);
        while (writing.IsCompletedSuccessfully)
        {
            message.Id = $"{new string('i', 100)}-{++sent}";
            writing = call.RequestStream.WriteAsync(Up(message.Clone()));
            if (!writing.IsCompleted)
                await Task.WhenAny(writing, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System));
        }

        // It takes no answers, and the server no messages any more.
        await RevokeAsync("bob/laptop", "phone");
        Assert.That(async () => await writing.InTime("it is cut off", Soon), Throws.InstanceOf<RpcException>().Or.InstanceOf<IOException>());
        var ended = Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None).InTime("the next answer"))
            {
            }
        });
        Assert.That(ended.StatusCode, Is.EqualTo(StatusCode.PermissionDenied), ended.Message);
    }

    [Test]
    [Protocol("11.8", "11.9", "11.10")]
    public async Task A_removed_device_comes_back_only_under_a_new_id()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        await DisconnectAsync(await ConnectAsync("bob/phone"));
        await RevokeAsync("bob/phone", "phone");
        for (var i = 0; i < 2; i++)
        {
            var refused = await RefusedAsync(As("bob/phone"));
            Assert.That(refused.StatusCode, Is.EqualTo(StatusCode.PermissionDenied));
            foreach (var call in AllCalls("bob/phone"))
                await RefusedAsync(call, StatusCode.PermissionDenied, "device_revoked");

            var fresh = await ConnectAsync($"bob/phone-{i}");
            Assert.That((await fresh.MessagesAsync(1))[0].Id, Is.EqualTo("m"));
            await RevokeAsync($"bob/phone-{i}", "phone");
            await RefusedAsync(() => NameAsync($"bob/phone-{i}", "phone", "x"), StatusCode.NotFound);
            Assert.That((await DevicesAsync($"bob/phone-{i}")).Devices, Has.Count.EqualTo(i + 1));
            await Server.RestartAsync();
        }
    }

    [Test]
    [Protocol("11.8")]
    public async Task The_client_library_ends_when_its_device_is_removed()
    {
        await using var bob = MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri(Server.Address), User = "bob", Device = "phone",
        });
        await Wait.Eventually("it is connected", async () => (await DevicesAsync("bob/laptop")).Devices.Count == 1);
        await RevokeAsync("bob/laptop", "phone");

        var ended = Assert.ThrowsAsync<ClientRefusedException>(async () =>
        {
            await foreach (var _ in bob.ReceiveAsync())
            {
            }
        });
        Assert.That(ended.Code, Is.EqualTo("device_revoked"));
    }

    [Test]
    [Protocol("11.1", "11.11")]
    public async Task Nobody_touches_the_devices_of_another()
    {
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectAsync("bob/laptop");
        await NameAsync("bob/laptop", "laptop", "mine");
        await RefusedAsync(() => RevokeAsync("alice/phone", "laptop"), StatusCode.NotFound);
        await RefusedAsync(() => NameAsync("alice/phone", "laptop", "hers"), StatusCode.NotFound);
        await RefusedAsync(() => RevokeAsync("alice/phone", "nothing"), StatusCode.NotFound);
        await NameAsync("alice/phone", "phone", "hers");

        Assert.That((await DevicesAsync("alice/phone")).Devices.Select(device => device.Label), Is.EqualTo(new[] { "hers" }));
        Assert.That((await DevicesAsync("bob/laptop")).Devices.Select(device => device.Label), Is.EqualTo(new[] { "mine" }));
        Assert.That((await bob.SendAsync("alice", "m")).SignalOffsetState, Is.True);
        await alice.MessagesAsync(1);
    }

    [Test]
    [Protocol("11.25")]
    public async Task A_user_has_so_many_devices_and_no_more()
    {
        for (var i = 0; i < 4; i++)
            await ConnectAsync($"alice/{i}");
        using var call = new MessagingService.MessagingServiceClient(Server.Channel).Sync(As("alice/4"));
        var refused = Assert.ThrowsAsync<RpcException>(
            async () => await call.ResponseStream.MoveNext(CancellationToken.None).InTime("the refusal"));
        Assert.That(refused.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted));
        Assert.That(refused.Trailers.GetValue("messaging-reason"), Is.EqualTo("too_many_devices"));
        Assert.That((await DevicesAsync("alice/0")).Devices, Has.Count.EqualTo(4));

        await ConnectAsync("bob/phone");
        await ConnectAsync("alice/2");
        await RevokeAsync("alice/0", "1");
        await ConnectAsync("alice/4");
    }
}
