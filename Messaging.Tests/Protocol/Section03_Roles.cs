using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §3: in which role a device gets a frame, and what tells entries, answers and awareness apart.</summary>
[TestFixture]
public sealed class Section03_Roles : ProtocolTests
{
    private ProbeDevice phone = null!;
    private ProbeDevice laptop = null!;
    private ProbeDevice bob = null!;

    [SetUp]
    public async Task TalkAsync()
    {
        phone = await ConnectAsync("alice/phone");
        laptop = await ConnectAsync("alice/laptop");
        bob = await ConnectAsync("bob/phone");

        await phone.SendAsync("bob", "m-1");
        await bob.AskAsync(Read("alice", "m-1"));
        await bob.AskAsync(new Signal
        {
            Id = "m-1",
            Type = SignalKind.Error,
            To = new Identity { User = "alice" },
            Error = "it does not decrypt",
        });
        await bob.SendAsync("alice", "m-2");
        await phone.MessagesAsync(1);
        await phone.AskAsync(Read("bob", "m-2"));
        await bob.AskAsync(new Signal { Id = "t", Status = SignalStatus.Typing, To = new Identity { User = "alice" } });
        foreach (var device in new[] { phone, laptop })
        {
            await device.Until("the status", () => device.Frames.Any(frame => frame.Signal?.Status == SignalStatus.Typing));
            await device.Until("the read of m-2", () => device.Position == 5);
        }

        await DisconnectAsync(phone);
        phone = await ConnectAsync("alice/phone");
        await phone.AskAsync(Reread(0));
        await phone.MessagesAsync(2);
        await phone.Until("its own read", () => phone.Position == 5);
    }

    [Test]
    [Protocol("3.1")]
    public void Ones_own_messages_and_what_is_about_them_come_as_sender()
    {
        Assert.That(Roles(phone, "m-1 of alice"), Is.Not.Empty.And.All.EqualTo(SignalType.Sender));
        Assert.That(Roles(phone, "own read"), Is.Not.Empty.And.All.EqualTo(SignalType.Sender));
        foreach (var device in new[] { phone, laptop })
        {
            Assert.That(Roles(device, "read by bob"), Is.Not.Empty.And.All.EqualTo(SignalType.Sender));
            Assert.That(Roles(device, "error of bob"), Is.Not.Empty.And.All.EqualTo(SignalType.Sender));
        }

        Assert.That(Roles(bob, "answer"), Is.Not.Empty.And.All.EqualTo(SignalType.Sender));
    }

    [Test]
    [Protocol("3.2")]
    public void What_another_device_of_the_user_did_comes_as_device()
    {
        Assert.That(Roles(laptop, "m-1 of alice"), Is.EqualTo(new[] { SignalType.Device }));
        Assert.That(Roles(laptop, "own read"), Is.EqualTo(new[] { SignalType.Device }));
        Assert.That(Roles(phone, "position"), Is.Not.Empty.And.All.EqualTo(SignalType.Device));
    }

    [Test]
    [Protocol("3.3")]
    public void What_others_sent_comes_as_receiver()
    {
        Assert.That(Roles(bob, "m-1 of alice"), Is.EqualTo(new[] { SignalType.Receiver }));
        Assert.That(Roles(laptop, "m-2 of bob"), Is.EqualTo(new[] { SignalType.Receiver }));
        Assert.That(Roles(laptop, "status"), Is.EqualTo(new[] { SignalType.Receiver }));
    }

    [Test]
    [Protocol("3.5", "3.6", "3.7")]
    public void From_and_the_offset_tell_entries_answers_and_awareness_apart()
    {
        foreach (var device in new[] { phone, laptop, bob })
        {
            foreach (var frame in device.Frames)
            {
                var (from, offset) = frame.Message is { } message
                    ? (message.From, message.SignalOffset)
                    : (frame.Signal.From, frame.Signal.SignalOffset);
                var kind = Kind(frame);
                if (kind is "answer" or "position")
                    Assert.That(from, Is.Null, frame.ToString());
                else
                    Assert.That(from.User.Length > 0 && from.Device.Length > 0, Is.True, frame.ToString());
                if (kind is not ("answer" or "position"))
                    Assert.That(offset, kind == "status" ? Is.Zero : Is.GreaterThan(0), frame.ToString());
            }
        }
    }

    [TestCase(SignalType.Unspecified)]
    [TestCase(SignalType.Sender)]
    [TestCase(SignalType.Device)]
    [TestCase(SignalType.Receiver)]
    [TestCase((SignalType)99)]
    [Protocol("3.4")]
    public async Task Going_up_the_role_is_ignored(SignalType role)
    {
        var message = ProbeDevice.Text("bob", "m-3");
        message.SignalType = role;
        Assert.That((await phone.AskAsync(message)).SignalOffsetState, Is.True);
        Assert.That((await bob.MessagesAsync(2))[1].SignalType, Is.EqualTo(SignalType.Receiver));

        var acknowledgement = Received(1, "a");
        acknowledgement.SignalType = role;
        Assert.That((await bob.AskAsync(acknowledgement)).SignalType, Is.EqualTo(SignalType.Sender));
    }

    private static IEnumerable<SignalType> Roles(ProbeDevice device, string kind) => device.Frames
        .Where(frame => Kind(frame) == kind).Select(frame => frame.Message?.SignalType ?? frame.Signal.SignalType);

    private static string Kind(Frame frame) => frame switch
    {
        { Message: { } message } => $"{message.Id} of {message.From.User}",
        { Signal: { From: null, SignalType: SignalType.Device } } => "position",
        { Signal: { From: null } } => "answer",
        { Signal: { Status: SignalStatus.Typing } } => "status",
        { Signal: { Type: SignalKind.Error } signal } => $"error of {signal.From.User}",
        { Signal: { From.User: "alice" } } => "own read",
        { Signal: var signal } => $"read by {signal.From.User}",
    };
}
