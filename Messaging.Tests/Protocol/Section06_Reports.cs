using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>§6: error reports.</summary>
[TestFixture]
public sealed class Section06_Reports : SectionTests
{
    [Test]
    [Protocol("6.41", "6.43", "6.44")]
    public async Task A_report_reaches_every_device_of_the_sender_as_an_entry()
    {
        var phone = await ConnectReadyAsync("alice/phone");
        await phone.SendAsync("bob", "m-1");
        await phone.SendAsync("bob", "m-2");
        var bob = await ConnectWithMessagesAsync("bob/phone", 2);
        const string Error = "its signature is wrong\n\u2028as it came";
        var signal = Report("alice", "m-2", Error);
        (signal.To.Device, signal.UserOffset, signal.Timestamp) = ("phone", 1, 17);
        Assert.That(await bob.AskAsync(signal), Is.EqualTo(new Signal
        {
            Id = "m-2",
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffsetState = true,
        }));

        var entry = (await phone.ReceiptsAsync(1))[0];
        Assert.That(Timeless(entry), Is.EqualTo(new Signal
        {
            Id = "m-2",
            SignalOffset = 3,
            UserOffset = 2,
            From = new Identity { User = "bob", Device = "phone" },
            To = new Identity { User = "alice" },
            Type = SignalKind.Error,
            SignalType = SignalType.Sender,
            Error = Error,
        }));
        await Server.RestartAsync();
        Assert.That((await (await ConnectReadyAsync("alice/later")).ReceiptsAsync(1))[0], Is.EqualTo(entry));
    }

    [Test]
    [Protocol("6.42")]
    public async Task Id_to_and_error_are_required_and_the_id_must_be_of_a_message_that_the_other_sent()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        await alice.SendAsync("carol", "of alice to carol");
        var bob = await ConnectWithMessagesAsync("bob/phone", 1);
        await bob.SendAsync("alice", "own");
        var toNobody = Report("alice", "m");
        toNobody.To = null;
        var withoutError = Report("alice", "m");
        withoutError.ClearError();

        foreach (var signal in new[] { Report("alice", ""), toNobody, Report("", "m"), Report("alice", "m", ""), withoutError })
            Refused(await NextAsync(bob, signal), "invalid_argument");
        foreach (var (peer, id) in new[] { ("alice", "nothing"), ("alice", "own"), ("alice", "of alice to carol"), ("carol", "m") })
            Refused(await bob.AskAsync(Report(peer, id)), "not_found");
        Assert.That((await HeadAsync("alice"), await HeadAsync("bob")), Is.EqualTo((3, 2)));
    }

    [Test]
    [Protocol("6.45", "6.46")]
    public async Task It_takes_an_entry_once_per_message_and_reporting_user()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        await SendManyAsync(alice, "bob", 2);
        var phone = await ConnectWithMessagesAsync("bob/phone", 2);
        await phone.AskAsync(Report("alice", "m-1"));
        Accepted(await phone.AskAsync(Report("alice", "m-1")));
        Accepted(await phone.AskAsync(Report("alice", "m-1", "another text")));
        await Server.RestartAsync();

        var laptop = await ConnectAsync("bob/laptop");
        Accepted(await laptop.AskAsync(Report("alice", "m-1")));
        Assert.That(await HeadAsync("alice"), Is.EqualTo(3), "once, whatever the text, the stream and the device");
        Accepted(await laptop.AskAsync(Report("alice", "m-2")));
        Assert.That(await HeadAsync("alice"), Is.EqualTo(4), "and once for another message");
    }

    [Test]
    [Protocol("6.47")]
    public async Task About_a_message_to_oneself_every_device_gets_it_as_sender_the_reporting_one_too()
    {
        var phone = await ConnectAsync("alice/phone");
        var laptop = await ConnectAsync("alice/laptop");
        await phone.SendAsync("alice", "note");
        await laptop.MessagesAsync(1);
        Accepted(await laptop.AskAsync(Report("alice", "note")));

        foreach (var device in new[] { phone, laptop })
        {
            var entry = (await device.ReceiptsAsync(1))[0];
            Assert.That((entry.SignalOffset, entry.SignalType, entry.Type), Is.EqualTo((2, SignalType.Sender, SignalKind.Error)));
        }

        Assert.That(await HeadAsync("alice"), Is.EqualTo(2));
        Assert.That((await laptop.AcknowledgeAsync(1)).SignalOffset, Is.EqualTo(1), "no answer delivered it");
        Assert.That((await laptop.AcknowledgeAsync(2)).SignalOffset, Is.EqualTo(2));
    }

    [Test]
    [Protocol("6.48")]
    public async Task It_acknowledges_nothing()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        var bob = await ConnectWithMessagesAsync("bob/phone", 1);
        var report = Report("alice", "m");
        (report.SignalOffset, report.SignalAckState) = (1, new SignalAckState { Received = true, Read = true });
        Accepted(await bob.AskAsync(report));
        Assert.That((await bob.AcknowledgeAsync(0)).SignalOffset, Is.Zero, "the cursor stands");
        Assert.That(await HeadAsync("alice"), Is.EqualTo(2), "the report alone");

        await bob.AcknowledgeAsync(1);
        var receipt = (await alice.ReceiptsAsync(2))[1];
        Assert.That((receipt.Id, receipt.SignalAckState.Received), Is.EqualTo(("m", true)));
    }
}
