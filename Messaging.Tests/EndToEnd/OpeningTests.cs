using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.EndToEnd;

/// <summary>Protocol §2: how a stream begins, and how it ends.</summary>
[TestFixture]
public sealed class OpeningTests : ServerTests
{
    [Test]
    [Protocol("2.1", "2.19", "2.20", "2.21", "2.23", "2.24", "2.27")]
    public async Task The_headers_say_where_the_stream_stands()
    {
        var phone = await ConnectAsync("alice/phone");
        await phone.SendAsync("bob", "m");
        var bob = await ConnectAsync("bob/phone");

        Assert.Multiple(() =>
        {
            Assert.That(bob.Headers.GetValue("messaging-session"), Is.Not.Null.And.Not.Empty);
            Assert.That(bob.Headers.GetValue("messaging-session"), Is.Not.EqualTo(phone.Headers.GetValue("messaging-session")));
            Assert.That(bob.Epoch, Is.EqualTo(phone.Epoch).And.Not.Empty);
            Assert.That(phone.Head, Is.Zero);
            Assert.That(bob.Head, Is.EqualTo(1));
            Assert.That(bob.Window, Is.EqualTo(64));
            Assert.That(bob.Headers.GetValue("messaging-heartbeat"), Is.EqualTo("30"));
        });
    }

    [Test]
    [Protocol("2.2", "2.36", "2.37")]
    public async Task The_first_frame_is_the_position_of_the_devices_cursor()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "1");
        await alice.SendAsync("bob", "2");
        var bob = await ConnectAsync("bob/phone");
        Assert.That(bob.Frames[0], Is.EqualTo(Position(0)));
        await bob.MessagesAsync(1);
        await bob.AcknowledgeAsync(1);
        await DisconnectAsync(bob);

        Assert.That((await ConnectAsync("bob/phone")).Frames[0], Is.EqualTo(Position(1)));
        Assert.That((await ConnectAsync("bob/laptop")).Frames[0], Is.EqualTo(Position(0)));
        Assert.That((await ConnectAsync("alice/phone")).Frames[0], Is.EqualTo(Position(2)), "moved by its own messages");
    }

    [Test]
    [Protocol("2.14", "2.15", "2.16")]
    public async Task Only_a_new_device_may_start_at_the_head()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "1");
        await DisconnectAsync(await ConnectAsync("bob/known"));

        var head = ("messaging-start", "head");
        Assert.That((await ConnectAsync("bob/new", head)).Frames[0], Is.EqualTo(Position(1)));
        Assert.That((await ConnectAsync("bob/known", head)).Frames[0], Is.EqualTo(Position(0)));
        Assert.That((await ConnectAsync("bob/other", ("messaging-start", "tail"))).Frames[0], Is.EqualTo(Position(0)));
    }

    [TestCase("1", 1)]
    [TestCase("63", 63)]
    [TestCase("65", 64)]
    [TestCase("99999999999999999999", 64)]
    [TestCase("0", 64)]
    [TestCase("-1", 64)]
    [TestCase("1.5", 64)]
    [TestCase("many", 64)]
    [Protocol("2.25", "2.26")]
    public async Task A_client_may_ask_for_a_smaller_window(string asked, int given)
    {
        var alice = await ConnectAsync("alice/phone", ("messaging-window", asked));
        Assert.That(alice.Window, Is.EqualTo(given));
    }

    [Test]
    [Protocol("2.30", "2.31", "2.32", "9.29")]
    public async Task A_position_past_the_head_under_the_same_epoch_ends_the_stream()
    {
        Server.ExpectAlarm("past the head");
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "1");
        var refused = await RefusedAsync(With(
            ("messaging-user", "alice"), ("messaging-device", "phone"), ("messaging-position", $"{alice.Epoch}/2")));

        Assert.That(refused.StatusCode, Is.EqualTo(StatusCode.FailedPrecondition));
        Assert.That((await alice.SendAsync("bob", "2")).SignalOffsetState, Is.True, "the open stream goes on");
    }

    [TestCase("{0}/1")]
    [TestCase("{0}/0")]
    [TestCase("another/7")]
    [TestCase("{0}/x")]
    [TestCase("{0}")]
    [TestCase("7")]
    [Protocol("2.33", "2.35")]
    public async Task Any_other_position_changes_nothing(string position)
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "1");
        var value = position.Replace("{0}", alice.Epoch, StringComparison.Ordinal);
        var bob = await ConnectAsync("bob/phone", ("messaging-position", value));

        Assert.That(bob.Frames[0], Is.EqualTo(Position(0)));
    }

    [Test]
    [Protocol("2.9", "2.10", "2.11", "9.24", "9.31", "9.37")]
    public async Task A_stream_without_a_user_or_a_device_is_refused_and_told_which()
    {
        var noUser = await RefusedAsync(With(("messaging-device", "phone")));
        var noDevice = await RefusedAsync(With(("messaging-user", "alice")));
        var bad = await RefusedAsync(With(("messaging-user", "%zz"), ("messaging-device", "phone")));
        var control = await RefusedAsync(With(("messaging-user", "a%07b"), ("messaging-device", "phone")));
        var tooLong = await RefusedAsync(With(("messaging-user", "alice"), ("messaging-device", new string('x', 256))));

        Assert.Multiple(() =>
        {
            foreach (var status in new[] { noUser, noDevice, bad, control, tooLong })
                Assert.That(status.StatusCode, Is.EqualTo(StatusCode.Unauthenticated), status.Detail);
            Assert.That(noUser.Detail, Does.Contain("user"));
            Assert.That(noDevice.Detail, Does.Contain("device"));
        });
    }

    [Test]
    [Protocol("2.6", "2.8")]
    public async Task Names_in_headers_are_percent_encoded()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("żółw+emu@example.org", "m");
        var other = await ConnectAsync("żółw+emu@example.org/téléphone 1");

        var message = (await other.MessagesAsync(1))[0];
        Assert.That(message.To.User, Is.EqualTo("żółw+emu@example.org"));
        await other.SendAsync("alice", "reply");
        Assert.That((await alice.MessagesAsync(1))[0].From, Is.EqualTo(
            new Identity { User = "żółw+emu@example.org", Device = "téléphone 1" }));
    }

    [Test]
    [Protocol("2.45", "9.25")]
    public async Task A_second_stream_replaces_the_first_and_says_so()
    {
        var first = await ConnectAsync("alice/phone");
        var second = await ConnectAsync("alice/phone");

        var ended = await first.EndAsync();
        Assert.That(ended.StatusCode, Is.EqualTo(StatusCode.Aborted));
        Assert.That(first.Trailers().GetValue("messaging-reason"), Is.EqualTo("replaced"));
        Assert.That((await second.SendAsync("bob", "m")).SignalOffsetState, Is.True);
    }

    [Test]
    [Protocol("2.45")]
    public async Task Other_devices_and_users_replace_nothing()
    {
        var phone = await ConnectAsync("alice/phone");
        await ConnectAsync("alice/laptop");
        await ConnectAsync("bob/phone");

        Assert.That((await phone.SendAsync("bob", "m")).SignalOffsetState, Is.True);
    }

    [Test]
    [Protocol("2.49", "9.23")]
    public async Task A_half_closed_stream_is_answered_and_ends_well()
    {
        var alice = await ConnectAsync("alice/phone");
        for (var i = 0; i < 50; i++)
            await alice.UpAsync(new Frame { Message = ProbeDevice.Text("bob", $"m-{i}") });
        var ended = await alice.HalfCloseAsync();

        Assert.That(ended.StatusCode, Is.EqualTo(StatusCode.OK), ended.Detail);
        var answered = alice.Frames.Skip(1).Select(frame => frame.Signal.Id);
        Assert.That(answered, Is.EqualTo(Enumerable.Range(0, 50).Select(i => $"m-{i}")));
    }

    [Test]
    public async Task Health_is_serving()
    {
        var health = await new Health.HealthClient(Server.Channel)
            .CheckAsync(new HealthCheckRequest()).ResponseAsync.InTime("the health check");
        Assert.That(health.Status, Is.EqualTo(HealthCheckResponse.Types.ServingStatus.Serving));
    }

    [Test]
    public async Task Reflection_names_the_service_in_development()
    {
        using var call = new ServerReflection.ServerReflectionClient(Server.Channel).ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" }).InTime("the question");
        Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None).InTime("the answer"), Is.True);
        Assert.That(
            call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name),
            Does.Contain("messaging.v1.MessagingService"));
    }

    private static Frame Position(int offset) => new()
    {
        Signal = new Signal
        {
            Type = SignalKind.Response,
            SignalType = SignalType.Device,
            SignalOffset = offset,
            SignalOffsetState = true,
        },
    };
}
