using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>§8: what a signal that goes up is.</summary>
[TestFixture]
public sealed class Section08_Reading : SectionTests
{
    private enum Row
    {
        None,
        Report,
        Played,
        Read,
        Awareness,
        Acknowledgement,
        Reread,
    }

    [Test]
    [Protocol("8.1", "8.2", "8.3", "8.4", "8.5", "8.6", "8.10", "8.11")]
    public async Task The_first_row_that_fits_tells_what_a_signal_is()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        var bob = await ConnectAsync("bob/phone");
        var number = 0;
        foreach (var (row, signal) in Combinations())
        {
            // Everything is set that any row could want, about a message of its own.
            signal.Id = $"m-{++number}";
            signal.UserOffset = (await alice.SendAsync("bob", signal.Id)).UserOffset;
            await bob.MessagesAsync(number);
            signal.To = new Identity { User = "alice" };
            signal.Error = "it does not decrypt";
            (signal.SignalType, signal.SignalOffsetState, signal.Timestamp) = (SignalType.Device, true, 5);
            signal.SignalOffset = bob.Position;
            var answer = await bob.AskAsync(signal);
            if (row is not (Row.None or Row.Reread))
                await alice.Until($"something of {signal}", () => AtAlice(signal.Id).Count > 0);
            else
                await SettleAsync(alice);

            Assert.That(RowOf(answer, AtAlice(signal.Id)), Is.EqualTo(row), $"{signal} answered {answer}");
            await bob.AcknowledgeAsync(bob.Position);
        }

        List<Signal> AtAlice(string id) => [.. alice.Frames.Select(frame => frame.Signal).OfType<Signal>()
            .Where(signal => signal.From is not null && signal.Id == id)];

        Assert.That(number, Is.EqualTo(75));
    }

    [Test]
    [Protocol("8.7", "8.8", "8.9")]
    public async Task A_read_that_acknowledges_does_both_or_neither()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        await SendManyAsync(alice, "bob", 3);
        var bob = await ConnectWithMessagesAsync("bob/phone", 3);
        var refusing = await ConnectWithMessagesAsync("bob/tablet", 3);
        Server.ExpectAlarm("past the head");
        var refused = new (string Code, Signal Signal)[]
        {
            ("not_found", Both("nothing", 2)),
            ("not_found", Both("nothing", 4)),
            ("out_of_range", Both("m-1", 4)),
            ("out_of_range", Both("m-1", int.MaxValue)),
            ("invalid_argument", Both("m-1", -1)),
        };
        foreach (var (code, signal) in refused)
        {
            var answer = await refusing.AskAsync(signal);
            Refused(answer, code);
            Assert.That((answer.SignalOffset, answer.SignalAckState), Is.EqualTo((0, default(SignalAckState))));
        }

        var pastTheTimeline = Both("m-1", 2);
        pastTheTimeline.UserOffset = 4;
        Refused(await refusing.AskAsync(pastTheTimeline), "out_of_range");
        Assert.That((await refusing.AcknowledgeAsync(0)).SignalOffset, Is.Zero, "neither");
        await DisconnectAsync(refusing);
        Assert.That((await HeadAsync("alice"), await HeadAsync("bob")), Is.EqualTo((3, 3)));

        var both = Accepted(await bob.AskAsync(Both("m-1", 3)));
        Assert.That((both.UserOffset, both.SignalOffset), Is.EqualTo((1, 4)));
        Assert.That(both.SignalAckState, Is.EqualTo(new SignalAckState { Read = true }));
        Assert.That((await bob.AcknowledgeAsync(0)).SignalOffset, Is.EqualTo(4));
        await alice.Until("both", () => alice.Receipts.Any(one => one is { SignalAckState.Read: true, UserOffset: 1 })
            && alice.Receipts.Any(one => one is { SignalAckState.Received: true, UserOffset: 3 }));
    }

    [Test]
    [Protocol("8.7")]
    public async Task Without_received_or_without_an_offset_a_read_acknowledges_nothing()
    {
        var alice = await ConnectAsync("alice/phone");
        await SendManyAsync(alice, "bob", 2);
        var bob = await ConnectWithMessagesAsync("bob/phone", 2);
        var withoutReceived = Both("m-1", 2);
        withoutReceived.SignalAckState.Received = false;
        Accepted(await bob.AskAsync(withoutReceived));
        Accepted(await bob.AskAsync(Both("m-2", 0)));

        Assert.That((await bob.AcknowledgeAsync(0)).SignalOffset, Is.Zero);
    }

    [Test]
    [Protocol("8.7", "8.8")]
    public async Task A_play_acknowledges_as_a_read_does()
    {
        var alice = await ConnectAsync("alice/phone");
        await SendManyAsync(alice, "bob", 2);
        var bob = await ConnectWithMessagesAsync("bob/phone", 2);
        var both = Played("alice", "m-1");
        (both.SignalOffset, both.SignalAckState) = (2, new SignalAckState { Received = true });

        Assert.That(Accepted(await bob.AskAsync(both)).SignalAckState, Is.EqualTo(new SignalAckState { Read = true }));
        Assert.That((await bob.AcknowledgeAsync(0)).SignalOffset, Is.EqualTo(3));
    }

    [Test]
    [Protocol("8.12", "8.13")]
    public async Task A_negative_offset_is_an_invalid_argument_in_whatever_signal()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        var bob = await ConnectWithMessagesAsync("bob/phone", 1);
        Signal[] signals =
        [
            Report("alice", "m"), Played("alice", "m"), Read("alice", "m"), Status("alice", SignalStatus.Typing, "s"),
            Received(0, "a"), Reread(0, "again"), new Signal { Id = "none" },
        ];
        foreach (var signal in signals)
        {
            foreach (var offset in new[] { -1, int.MinValue })
            {
                var (one, other) = (signal.Clone(), signal.Clone());
                (one.SignalOffset, other.UserOffset) = (offset, offset);
                Refused(await bob.AskAsync(one), "invalid_argument");
                Refused(await bob.AskAsync(other), "invalid_argument");
            }
        }

        Assert.That(await HeadAsync("alice"), Is.EqualTo(1), "nothing came of any");
        Assert.That(bob.Frames, Has.Count.EqualTo(2 + (4 * signals.Length)));
    }

    [Test]
    [Protocol("8.14", "8.15")]
    public async Task A_from_is_held_to_what_a_messages_is_and_an_empty_one_is_as_if_left_out()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        var bob = await ConnectWithMessagesAsync("bob/phone", 1);
        Signal[] signals =
        [
            Received(0, "a"), Reread(1, "again"), Status("alice", SignalStatus.Typing, "s"), Read("alice", "m"),
            Played("alice", "m"), Report("alice", "m"),
        ];
        foreach (var signal in signals)
        {
            foreach (var from in new[] { ("alice", ""), ("bob", "laptop"), ("alice", "phone"), ("Bob", "phone") })
                Refused(await AskFromAsync(signal, from), "permission_denied");
            Refused(await AskFromAsync(signal, ("", "phone")), "invalid_argument");
            foreach (var from in new[] { ("", ""), ("bob", ""), ("bob", "phone") })
                Accepted(await AskFromAsync(signal, from));
        }

        Task<Signal> AskFromAsync(Signal signal, (string User, string Device) from)
        {
            var copy = signal.Clone();
            copy.From = new Identity { User = from.User, Device = from.Device };
            return bob.AskAsync(copy);
        }
    }

    private static Signal Both(string id, int acknowledge) => new()
    {
        Id = id,
        To = new Identity { User = "alice" },
        SignalOffset = acknowledge,
        SignalAckState = new SignalAckState { Received = true, Read = true },
    };

    /// <summary>Every combination of the fields that the table looks at, with its row as the page says it.</summary>
    private static IEnumerable<(Row Row, Signal Signal)> Combinations()
    {
        foreach (var kind in new[] { SignalKind.Unspecified, SignalKind.Request, SignalKind.Response, SignalKind.Error, (SignalKind)77 })
        {
            foreach (var status in new[] { SignalStatus.Unspecified, SignalStatus.Played, SignalStatus.Typing })
            {
                foreach (var flags in new SignalAckState?[]
                {
                    null, new() { Send = true }, new() { Received = true }, new() { Read = true },
                    new() { Received = true, Read = true },
                })
                {
                    var row = kind == SignalKind.Error ? Row.Report
                        : status == SignalStatus.Played ? Row.Played
                        : flags?.Read == true ? Row.Read
                        : status != 0 ? Row.Awareness
                        : flags?.Received == true ? Row.Acknowledgement
                        : kind == SignalKind.Request ? Row.Reread
                        : Row.None;
                    yield return (row, new Signal { Type = kind, Status = status, SignalAckState = flags?.Clone() });
                }
            }
        }
    }

    private static Row RowOf(Signal answer, List<Signal> atTheOther) => answer switch
    {
        { Type: SignalKind.Error } => Row.None,
        { SignalType: SignalType.Device } => Row.Reread,
        { SignalAckState.Read: true } when atTheOther.Exists(one => one.Status == SignalStatus.Played) => Row.Played,
        { SignalAckState.Read: true } => Row.Read,
        { SignalAckState.Received: true } => Row.Acknowledgement,
        _ when atTheOther.Exists(one => one is { Type: SignalKind.Error, SignalOffset: > 0 }) => Row.Report,
        _ when atTheOther.Exists(one => one is { SignalOffset: 0, SignalType: SignalType.Receiver }) => Row.Awareness,
        _ => Row.None,
    };
}
