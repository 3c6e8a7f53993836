using Grpc.Core;
using Messaging.Service.Hosting;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §2: whose stream it is.</summary>
[TestFixture]
public sealed class Section02_Callers : ProtocolTests
{
    private const string Elsewhere = "http://0.0.0.0:0", Loopback = "http://127.0.0.1:0";

    [Test]
    [Protocol("2.2", "2.19")]
    public async Task Whose_stream_it_is_and_where_it_stands_is_said_before_any_frame_has_gone_up()
    {
        // Nothing is sent but the metadata.
        var alice = await ConnectAsync("alice/phone");
        Assert.That(alice.Headers.GetValue("messaging-session"), Is.Not.Empty);
        Assert.That(alice.Frames, Is.EqualTo(new[] { Up(Position(0)) }));

        await (await ConnectAsync("bob/phone")).SendAsync("alice", "m");
        await alice.MessagesAsync(1);
    }

    [TestCase("Production", Loopback)]
    [TestCase("Staging", Loopback)]
    [TestCase("Development", Elsewhere)]
    [Protocol("2.7")]
    public async Task The_development_mode_does_not_start_elsewhere(string environment, string urls)
    {
        using var folder = TemporaryFolder.Create();
        await using var app = MessagingApplication.Create(
        [
            "--environment", environment, "--urls", urls, "--Messaging:Authentication:Mode=Development",
            $"--Messaging:Ledger:Path={folder.File("ledger.db")}",
        ]);

        Assert.That(
            async () => await app.StartAsync().InTime("the refusal"),
            Throws.Exception.With.Message.Contains("Messaging:Authentication:Mode"));
    }

    [TestCase("al%69ce", "phone", "alice", "phone")]
    [TestCase("alice bob/~", "a+b=c;d", "alice bob/~", "a+b=c;d")]
    [TestCase("100%25", "%F0%9F%93%B1", "100%", "📱")]
    [TestCase("%C5%BC%C3%B3%c5%82w", "%20", "żółw", " ")]
    [Protocol("2.8")]
    public async Task Names_are_what_their_percent_encoded_utf8_says(string user, string device, string name, string deviceName)
    {
        using var call = Call(("messaging-user", user), ("messaging-device", device));
        Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None).InTime("the position"), Is.True);
        await call.RequestStream.WriteAsync(Up(ProbeDevice.Text("reader", "m"))).InTime("the message goes up");

        var reader = await ConnectAsync("reader/phone");
        var from = (await reader.MessagesAsync(1))[0].From;
        Assert.That(from, Is.EqualTo(new Identity { User = name, Device = deviceName }));
    }

    [TestCase("%", "phone", "messaging-user")]
    [TestCase("a%4", "phone", "messaging-user")]
    [TestCase("%zz", "phone", "messaging-user")]
    [TestCase("%FF", "phone", "messaging-user")]
    [TestCase("%C3%28", "phone", "messaging-user")]
    [TestCase("%ED%A0%80", "phone", "messaging-user")]
    [TestCase("alice", "%C0%80", "messaging-device")]
    [TestCase("alice", "%e2%80%a8", "messaging-device")]
    [TestCase("a%00b", "phone", "messaging-user")]
    [TestCase("alice", "", "messaging-device")]
    [TestCase("", "phone", "messaging-user")]
    [TestCase(null, "phone", "messaging-user")]
    [TestCase("alice", null, "messaging-device")]
    [Protocol("2.9", "2.10", "2.11")]
    public async Task Without_a_usable_user_or_device_the_stream_ends_and_says_which(string? user, string? device, string which)
    {
        var headers = new Metadata();
        if (user is not null)
            headers.Add("messaging-user", user);
        if (device is not null)
            headers.Add("messaging-device", device);
        var refused = await RefusedAsync(headers);

        var other = which == "messaging-user" ? "messaging-device" : "messaging-user";
        Assert.That(refused.StatusCode, Is.EqualTo(StatusCode.Unauthenticated), refused.Detail);
        Assert.That(refused.Detail, Does.Contain(which).And.Not.Contain(other));
    }

    [TestCase(255, true)]
    [TestCase(256, false)]
    [Protocol("2.10")]
    public async Task A_name_has_255_bytes_at_most_whatever_it_takes_to_encode_them(int bytes, bool isUsable)
    {
        // Each é is two bytes, and six characters in the header.
        var name = string.Concat(Enumerable.Repeat("%C3%A9", bytes / 2)) + new string('x', bytes % 2);
        foreach (var (user, device) in new[] { (name, "phone"), ("alice", name) })
        {
            using var call = Call(("messaging-user", user), ("messaging-device", device));
            var opening = call.ResponseStream.MoveNext(CancellationToken.None).InTime("the answer");
            if (isUsable)
                Assert.That(await opening, Is.True);
            else
                Assert.That(
                    Assert.ThrowsAsync<RpcException>(async () => await opening).StatusCode,
                    Is.EqualTo(StatusCode.Unauthenticated));
        }
    }

    [Test]
    [Protocol("2.12", "2.13", "2.14", "2.15", "2.16", "2.17")]
    public async Task A_new_device_gets_everything_unless_it_starts_at_the_head()
    {
        var alice = await AliceWritesAsync(2);
        var phone = await ConnectAsync("bob/phone");
        Assert.That((await phone.MessagesAsync(2)).Select(message => message.Id), Is.EqualTo(new[] { "m-1", "m-2" }));
        await DisconnectAsync(phone);

        var instance = await ConnectAsync("bob/instance", ("messaging-start", "head"));
        var again = await ConnectAsync("bob/phone", ("messaging-start", "head"));
        var other = await ConnectAsync("bob/other", ("messaging-start", "HEAD"));
        await alice.SendAsync("bob", "m-3");
        Assert.That((await instance.MessagesAsync(1)).Select(message => message.SignalOffset), Is.EqualTo(new[] { 3 }));
        Assert.That((await again.MessagesAsync(3)).Select(message => message.SignalOffset), Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That((await other.MessagesAsync(3)).Select(message => message.SignalOffset), Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    [Protocol("2.18")]
    public async Task Names_that_only_look_alike_are_different_users_and_devices()
    {
        var phone = await ConnectAsync("\u00e9/phone");
        await phone.SendAsync("bob", "m");
        var decomposed = await ConnectAsync("e\u0301/phone");
        var upper = await ConnectAsync("\u00c9/phone");
        var otherDevice = await ConnectAsync("\u00e9/Phone");
        var otherSpace = await ConnectAsync("\u00e9 /phone");

        Assert.That(new[] { decomposed.Head, upper.Head, otherDevice.Head, otherSpace.Head }, Is.EqualTo(new[] { 0, 0, 1, 0 }));
        Assert.That((await phone.SendAsync("bob", "M")).SignalOffset, Is.EqualTo(2), "it was not replaced, and m is not M");
    }

    private AsyncDuplexStreamingCall<Frame, Frame> Call(params (string Name, string Value)[] headers) =>
        new MessagingService.MessagingServiceClient(Server.Channel).Sync(With(headers));
}
