using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §4: messages to oneself.</summary>
[TestFixture]
public sealed class Section04_Notes : ProtocolTests
{
    [Test]
    [Protocol("4.21", "4.22", "4.23", "5.9")]
    public async Task A_note_takes_one_entry_which_the_other_devices_get_and_nobody_ticks()
    {
        var laptop = await ConnectAsync("alice/laptop");
        var phone = await AliceWritesAsync(2, to: "alice");
        Assert.That(phone.Position, Is.EqualTo(2), "one entry each");
        var notes = await laptop.MessagesAsync(2);
        Assert.That(notes.Select(note => note.SignalType), Is.All.EqualTo(SignalType.Device));

        Assert.That((await laptop.AcknowledgeAsync(2)).SignalOffset, Is.EqualTo(2));
        Assert.That(await SoFarAsync(phone, behind: 3), Is.Empty, "the acknowledgement told nobody");
        await laptop.AskAsync(Reread(0));
        Assert.That((await laptop.MessagesAsync(4))[3].SignalAckState, Is.EqualTo(new SignalAckState { Send = true }));
    }

    [Test]
    [Protocol("4.24", "4.25")]
    public async Task A_read_of_a_note_is_answered_and_moves_nothing()
    {
        var laptop = await ConnectAsync("alice/laptop");
        var phone = await AliceWritesAsync(2, to: "alice");
        await laptop.MessagesAsync(2);
        var played = Read("alice", "m-1");
        (played.Status, played.SignalAckState) = (SignalStatus.Played, null);

        foreach (var read in new[] { Read("alice", "m-2"), played, Read("alice", "m-1", upTo: 2) })
        {
            var answer = await laptop.AskAsync(read);
            Assert.That((answer.SignalOffsetState, answer.SignalOffset), Is.EqualTo((true, 0)), read.ToString());
            Assert.That(answer.SignalAckState, Is.EqualTo(new SignalAckState { Read = true }));
        }

        Assert.That(await SoFarAsync(phone, behind: 3), Is.Empty);
        Assert.That((await ConnectAsync("alice/tablet")).Head, Is.EqualTo(2));
    }

    [Test]
    [Protocol("4.25")]
    public async Task A_read_of_a_note_is_checked_as_any_other()
    {
        var phone = await AliceWritesAsync(2, to: "alice");
        var played = new Signal { Id = "none", Status = SignalStatus.Played, To = new Identity { User = "alice" } };

        Assert.That(Code(await phone.AskAsync(Read("alice", "none"))), Is.EqualTo("not_found"));
        Assert.That(Code(await phone.AskAsync(played)), Is.EqualTo("not_found"));
        Assert.That(Code(await phone.AskAsync(Read("alice", "m-1", upTo: 3))), Is.EqualTo("out_of_range"));
    }
}
