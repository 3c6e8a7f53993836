using Grpc.Net.Client;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>§7: awareness.</summary>
[TestFixture]
public sealed class Section07_Awareness : SectionTests
{
    [TestCase(SignalStatus.Chatting)]
    [TestCase(SignalStatus.Recording)]
    [TestCase(SignalStatus.Typing)]
    [TestCase(SignalStatus.Paused)]
    [TestCase(SignalStatus.Cancelled)]
    [TestCase(SignalStatus.Resume)]
    [TestCase(SignalStatus.Notification)]
    [TestCase((SignalStatus)9)]
    [TestCase((SignalStatus)int.MaxValue)]
    [TestCase((SignalStatus)(-1))]
    [Protocol("7.1", "7.2", "7.3", "7.5", "7.13")]
    public async Task A_status_goes_at_once_to_the_connected_devices_of_the_other(SignalStatus status)
    {
        var alice = await ConnectAsync("alice/phone");
        var devices = new[] { await ConnectAsync("bob/phone"), await ConnectAsync("bob/laptop") };
        var answer = await alice.AskAsync(Status("bob", status, "s"));
        Assert.That(answer, Is.EqualTo(new Signal
        {
            Id = "s",
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffsetState = true,
        }));

        foreach (var device in devices)
        {
            await device.Until("the status", () => device.Frames.Count > 1);
            Assert.That(device.Frames[1].Signal, Is.EqualTo(new Signal
            {
                Id = "s",
                Status = status,
                Timestamp = 1_700_000_000_005,
                From = new Identity { User = "alice", Device = "phone" },
                To = new Identity { User = "bob" },
                SignalType = SignalType.Receiver,
            }));
        }
    }

    [TestCase(SignalKind.Unspecified)]
    [TestCase(SignalKind.Request)]
    [TestCase(SignalKind.Response)]
    [TestCase((SignalKind)77)]
    [Protocol("7.3", "7.4")]
    public async Task What_it_carries_goes_down_as_it_came_and_nothing_else_does(SignalKind kind)
    {
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectAsync("bob/phone");
        await alice.UpAsync(new Frame
        {
            Signal = new Signal
            {
                Id = "s",
                SignalOffset = 3,
                UserOffset = 4,
                Status = SignalStatus.Typing,
                Timestamp = -5,
                From = new Identity { User = "alice" },
                To = new Identity { User = "bob", Device = "phone" },
                Type = kind,
                SignalType = SignalType.Device,
                Error = "of no use here",
                SignalOffsetState = true,
                SignalAckState = new SignalAckState { Send = true, Received = true },
            },
        });

        await bob.Until("the status", () => bob.Frames.Count > 1);
        Assert.That(bob.Frames[1].Signal, Is.EqualTo(new Signal
        {
            Id = "s",
            Status = SignalStatus.Typing,
            Timestamp = -5,
            From = new Identity { User = "alice", Device = "phone" },
            To = new Identity { User = "bob", Device = "phone" },
            Type = kind,
            SignalType = SignalType.Receiver,
        }));
    }

    [Test]
    [Protocol("7.6", "7.11")]
    public async Task It_is_never_stored_a_notification_neither()
    {
        var alice = await ConnectAsync("alice/phone");
        foreach (var status in new[] { SignalStatus.Typing, SignalStatus.Notification, (SignalStatus)99 })
            Accepted(await alice.AskAsync(Status("bob", status, "s")));
        Assert.That((await HeadAsync("bob"), await HeadAsync("alice")), Is.EqualTo((0, 0)));

        var bob = await ConnectAsync("bob/phone");
        await bob.RereadAsync(0);
        await SettleAsync(bob);
        Assert.That(bob.Frames, Has.Count.EqualTo(3), "a position, a re-read's, an answer");
    }

    [Test]
    [Protocol("7.7", "7.8")]
    public async Task The_senders_own_devices_hear_nothing_and_one_to_oneself_goes_nowhere()
    {
        var phone = await ConnectAsync("alice/phone");
        var laptop = await ConnectAsync("alice/laptop");
        Accepted(await phone.AskAsync(Status("bob", SignalStatus.Typing, "1")));
        Accepted(await phone.AskAsync(Status("alice", SignalStatus.Typing, "2")));
        Accepted(await phone.AskAsync(Status("alice", SignalStatus.Typing, "3", device: "laptop")));
        await phone.SendAsync("bob", "m");
        await laptop.MessagesAsync(1);
        await SettleAsync(laptop);

        Assert.That(laptop.Frames, Has.Count.EqualTo(3), "a position, a message, an answer");
        Assert.That(phone.Frames, Has.Count.EqualTo(5), "a position, four answers");
    }

    [Test]
    [Protocol("7.9")]
    public async Task The_recipients_device_narrows_it_to_that_device()
    {
        var alice = await ConnectAsync("alice/phone");
        var phone = await ConnectAsync("bob/phone");
        var laptop = await ConnectAsync("bob/laptop");
        Accepted(await alice.AskAsync(Status("bob", SignalStatus.Typing, "to one", device: "laptop")));
        Accepted(await alice.AskAsync(Status("bob", SignalStatus.Typing, "to none", device: "LAPTOP")));
        Accepted(await alice.AskAsync(Status("bob", SignalStatus.Paused, "to both")));
        foreach (var device in new[] { phone, laptop })
            await device.Until("the last", () => device.Frames[^1].Signal.Id == "to both");

        Assert.That(phone.Frames.Skip(1).Select(frame => frame.Signal.Id), Is.EqualTo(new[] { "to both" }));
        Assert.That(laptop.Frames.Skip(1).Select(frame => frame.Signal.Id), Is.EqualTo(new[] { "to one", "to both" }));
    }

    [Test]
    [Protocol("7.13")]
    public async Task It_is_answered_true_also_where_nobody_could_get_it()
    {
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectAsync("bob/phone");
        await DisconnectAsync(bob);

        Accepted(await alice.AskAsync(Status("bob", SignalStatus.Typing, "gone")));
        Accepted(await alice.AskAsync(Status("nobody", SignalStatus.Typing, "never was")));
    }

    [Test]
    [Protocol("7.10", "7.12")]
    public async Task For_a_device_that_does_not_read_the_newest_of_at_most_64_senders_is_kept_and_messages_lose_nothing()
    {
        const int Senders = 70, Rounds = 80, Messages = 20;
        using var channel = GrpcChannel.ForAddress(Server.Address);
        using var slow = new MessagingService.MessagingServiceClient(channel).Sync(
            With(("messaging-user", "slow"), ("messaging-device", "phone")));
        Assert.That(await slow.ResponseStream.MoveNext(CancellationToken.None).InTime("its first position"), Is.True);

        var senders = new List<ProbeDevice>();
        for (var i = 0; i < Senders; i++)
            senders.Add(await ConnectAsync($"user-{i}/phone"));
        var padding = new string('x', 100);
        for (var round = 1; round <= Rounds; round++)
        {
            foreach (var sender in senders)
                await sender.UpAsync(new Frame { Signal = Status("slow", (SignalStatus)(100 + round), $"{round} {padding}") });
            if (round % (Rounds / Messages) == 0)
                await senders[0].SendAsync("slow", $"m-{round}");
        }

        foreach (var sender in senders)
            await SettleAsync(sender);
        await senders[0].SendAsync("slow", "last");
        var frames = new List<Frame>();
        while (frames.Count == 0 || frames[^1].Message?.Id != "last")
        {
            Assert.That(await slow.ResponseStream.MoveNext(CancellationToken.None).InTime("the next frame"), Is.True);
            frames.Add(slow.ResponseStream.Current);
        }

        // Whatever was on its way when the last message came stands before or behind it: one more message flushes it.
        await senders[0].SendAsync("slow", "flush");
        while (frames[^1].Message?.Id != "flush")
        {
            Assert.That(await slow.ResponseStream.MoveNext(CancellationToken.None).InTime("the next frame"), Is.True);
            frames.Add(slow.ResponseStream.Current);
        }

        var statuses = frames.Where(frame => frame.Signal is not null).Select(frame => frame.Signal).ToList();
        var newest = statuses.Where(status => status.Status == (SignalStatus)(100 + Rounds)).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(statuses, Has.Count.LessThan(Senders * Rounds), "some were dropped");
            Assert.That(newest, Has.Count.EqualTo(64), "the newest of 64 senders");
            Assert.That(newest.Select(status => status.From.User), Is.Unique);
            Assert.That(statuses.GroupBy(status => status.From.User), Has.All.Matches<IGrouping<string, Signal>>(
                ofOne => ofOne.Select(status => status.Status).SequenceEqual(ofOne.Select(status => status.Status).Order())));
            Assert.That(
                frames.Select(frame => frame.Message).OfType<Message>().Select(message => message.SignalOffset),
                Is.EqualTo(Enumerable.Range(1, Messages + 2)), "messages come all, and in order");
        });
    }

    [Test]
    [Protocol("7.12")]
    public async Task Between_messages_it_changes_nothing_about_them()
    {
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectReadyAsync("bob/phone", ("messaging-window", "1"));
        for (var i = 1; i <= 100; i++)
        {
            await alice.UpAsync(new Frame { Signal = Status("bob", SignalStatus.Typing) });
            await alice.UpAsync(new Frame { Message = ProbeDevice.Text("bob", $"m-{i}") });
        }

        var messages = await bob.MessagesAsync(100);
        Assert.That(messages.Select(message => message.Id), Is.EqualTo(Enumerable.Range(1, 100).Select(i => $"m-{i}")));
    }
}
