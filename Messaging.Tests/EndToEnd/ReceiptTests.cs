using Messaging.Tests.Protocol;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.EndToEnd;

/// <summary>Protocol §6: what comes back to the sender, on all devices.</summary>
[TestFixture]
public sealed class ReceiptTests : ServerTests
{
    [Test]
    [Protocol("3.1", "5.10", "6.20", "6.22", "6.24", "6.25", "6.26")]
    public async Task An_acknowledgement_reaches_every_device_of_the_sender()
    {
        var phone = await ConnectReadyAsync("alice/phone");
        var laptop = await ConnectReadyAsync("alice/laptop");
        await phone.SendAsync("bob", "m-1");
        await phone.SendAsync("bob", "m-2");
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(2);
        await bob.AcknowledgeAsync(2);

        var receipt = (await phone.ReceiptsAsync(1))[0];
        Assert.That(receipt.Timestamp, Is.GreaterThan(1_700_000_000_000));
        Assert.That((await laptop.ReceiptsAsync(1))[0], Is.EqualTo(receipt));
        receipt = receipt.Clone();
        receipt.Timestamp = 0;
        Assert.That(receipt, Is.EqualTo(new Signal
        {
            Id = "m-2",
            SignalOffset = 3,
            UserOffset = 2,
            From = new Identity { User = "bob", Device = "phone" },
            To = new Identity { User = "alice" },
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffsetState = true,
            SignalAckState = new SignalAckState { Send = true, Received = true },
        }));
    }

    [Test]
    [Protocol("6.16")]
    public async Task A_receipt_waits_for_a_sender_that_is_away()
    {
        var phone = await ConnectAsync("alice/phone");
        await phone.SendAsync("bob", "m");
        await DisconnectAsync(phone);
        await (await ConnectReadyAsync("bob/phone")).MessagesAsync(1);

        var again = await ConnectReadyAsync("alice/phone");
        Assert.That((await again.ReceiptsAsync(1))[0].SignalAckState.Received, Is.True);
    }

    [Test]
    [Protocol("3.2", "5.26", "5.27", "5.28", "5.29", "5.32", "6.26", "6.28", "6.30", "8.2")]
    public async Task A_read_is_answered_and_reaches_the_sender_and_the_readers_other_devices()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        var phone = await ConnectReadyAsync("bob/phone");
        var laptop = await ConnectReadyAsync("bob/laptop");
        await alice.SendAsync("bob", "m-1");
        await alice.SendAsync("bob", "m-2");
        await phone.MessagesAsync(2);
        await phone.AcknowledgeAsync(2);
        var answer = await phone.ReadAsync("alice", "m-2");

        Assert.That(answer, Is.EqualTo(new Signal
        {
            Id = "m-2",
            SignalOffset = 3,
            UserOffset = 2,
            To = new Identity { User = "alice" },
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffsetState = true,
            SignalAckState = new SignalAckState { Read = true },
        }));
        await alice.Until("the read", () => alice.Receipts.Any(receipt => receipt.SignalAckState.Read));
        var atAlice = alice.Receipts[^1];
        Assert.That((atAlice.Id, atAlice.UserOffset, atAlice.SignalType), Is.EqualTo(("m-2", 2, SignalType.Sender)));
        var atLaptop = (await laptop.ReceiptsAsync(1))[0];
        Assert.Multiple(() =>
        {
            Assert.That(atLaptop.SignalType, Is.EqualTo(SignalType.Device));
            Assert.That(atLaptop.SignalAckState, Is.EqualTo(new SignalAckState { Send = true, Received = true, Read = true }));
            Assert.That(atLaptop.To, Is.EqualTo(new Identity { User = "alice" }));
            Assert.That((atLaptop.Id, atLaptop.UserOffset, atLaptop.SignalOffset), Is.EqualTo(("m-2", 2, 3)));
        });
        Assert.That(phone.Receipts, Is.Empty, "the answer was its delivery");
        Assert.That(phone.Position, Is.EqualTo(3));
    }

    [Test]
    [Protocol("5.30")]
    public async Task On_a_later_stream_an_own_read_past_the_cursor_comes_as_sender()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(1);
        await bob.ReadAsync("alice", "m");
        await DisconnectAsync(bob);

        var again = await ConnectReadyAsync("bob/phone");
        var own = (await again.ReceiptsAsync(1))[0];
        Assert.That((own.SignalType, own.SignalAckState.Read), Is.EqualTo((SignalType.Sender, true)));
    }

    [Test]
    [Protocol("6.9", "6.11", "6.12", "9.11", "9.12")]
    public async Task A_read_that_names_nothing_is_an_error_and_one_past_the_head_too()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        var bob = await ConnectAsync("bob/phone");
        await bob.SendAsync("alice", "own");
        var errors = new[]
        {
            (await bob.ReadAsync("alice", "nothing"), "not_found: "),
            (await bob.ReadAsync("alice", "own"), "not_found: "),
            (await bob.ReadAsync("alice", "m", 3), "out_of_range: "),
            (await bob.ReadAsync("alice"), "invalid_argument: "),
            (await bob.AskAsync(new Signal { Id = "m", SignalAckState = new SignalAckState { Read = true } }), "invalid_argument: "),
        };
        foreach (var (answer, code) in errors)
        {
            Assert.That(answer.Type, Is.EqualTo(SignalKind.Error), answer.ToString());
            Assert.That(answer.Error, Does.StartWith(code));
        }

        Assert.That(bob.Position, Is.EqualTo(2));
    }

    [Test]
    [Protocol("5.31", "8.7")]
    public async Task A_read_that_also_acknowledges_is_answered_once_as_a_read()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        await alice.SendAsync("bob", "m-1");
        await alice.SendAsync("bob", "m-2");
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(2);
        var answer = await bob.AskAsync(new Signal
        {
            Id = "m-1",
            To = new Identity { User = "alice" },
            SignalOffset = 2,
            SignalAckState = new SignalAckState { Received = true, Read = true },
        });

        Assert.That((answer.UserOffset, answer.SignalOffset), Is.EqualTo((1, 3)));
        Assert.That(answer.SignalAckState, Is.EqualTo(new SignalAckState { Read = true }));
        Assert.That((await bob.AcknowledgeAsync(0)).SignalOffset, Is.EqualTo(3));
        await alice.Until("both", () => alice.Receipts.Any(receipt => receipt.SignalAckState.Read)
            && alice.Receipts.Any(receipt => receipt is { UserOffset: 2, SignalAckState.Received: true }));
    }

    [Test]
    [Protocol("5.9", "6.13")]
    public async Task Messages_come_with_how_far_they_have_come()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        for (var i = 1; i <= 3; i++)
            await alice.SendAsync("bob", $"m-{i}");
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(3);
        await bob.AcknowledgeAsync(2);
        await bob.ReadAsync("alice", "m-1");

        var expected = new[] { (true, true, true), (true, true, false), (true, false, false) };
        foreach (var later in new[] { await ConnectAsync("alice/laptop"), await ConnectAsync("bob/laptop") })
        {
            Assert.That(
                (await later.MessagesAsync(3)).Select(message => message.SignalAckState)
                    .Select(state => (state.Send, state.Received, state.Read)),
                Is.EqualTo(expected), later.Name);
        }
    }

    [Test]
    [Protocol("6.35", "6.36", "6.37", "6.38", "6.39", "8.2")]
    public async Task Played_keeps_its_status_and_id_and_is_told_once()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        await alice.SendAsync("bob", "m-1");
        await alice.SendAsync("bob", "m-2");
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(2);
        await bob.ReadAsync("alice", "m-2");
        var first = await PlayAsync();
        var again = await PlayAsync();

        Assert.That((first.SignalOffsetState, first.SignalOffset), Is.EqualTo((true, 4)));
        Assert.That((again.SignalOffsetState, again.SignalOffset), Is.EqualTo((true, 0)));
        var own = (await (await ConnectReadyAsync("bob/laptop")).ReceiptsAsync(2))[1];
        Assert.That((own.Status, own.SignalType, own.Id), Is.EqualTo((SignalStatus.Played, SignalType.Device, "m-1")));
        await alice.Until("played", () => alice.Receipts.Any(receipt => receipt.Status == SignalStatus.Played));
        var played = alice.Receipts.Single(receipt => receipt.Status == SignalStatus.Played);
        Assert.That((played.Id, played.UserOffset), Is.EqualTo(("m-1", 1)));

        Task<Signal> PlayAsync() => bob.AskAsync(
            new Signal { Id = "m-1", To = new Identity { User = "alice" }, Status = SignalStatus.Played });
    }

    [Test]
    [Protocol("6.41", "6.42", "6.43", "6.44", "6.45", "6.46", "6.48", "8.1")]
    public async Task A_message_that_cannot_be_used_comes_back_as_an_error_entry_once()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(1);
        Assert.That((await ReportAsync("m")).SignalOffsetState, Is.True);
        Assert.That((await ReportAsync("m")).SignalOffsetState, Is.True);
        Assert.That((await ReportAsync("nothing")).Error, Does.StartWith("not_found: "));

        var report = (await alice.ReceiptsAsync(1))[0];
        Assert.Multiple(() =>
        {
            Assert.That((report.Type, report.SignalType), Is.EqualTo((SignalKind.Error, SignalType.Sender)));
            Assert.That((report.Id, report.UserOffset, report.SignalOffset), Is.EqualTo(("m", 1, 2)));
            Assert.That(report.Error, Is.EqualTo("invalid_argument: does not decrypt"));
            Assert.That(report.From, Is.EqualTo(new Identity { User = "bob", Device = "phone" }));
        });
        await bob.AcknowledgeAsync(1);
        Assert.That(await alice.ReceiptsAsync(2), Has.Count.EqualTo(2), "the report acknowledged nothing, and came once");

        Task<Signal> ReportAsync(string id) => bob.AskAsync(new Signal
        {
            Id = id,
            To = new Identity { User = "alice" },
            Type = SignalKind.Error,
            Error = "invalid_argument: does not decrypt",
        });
    }

    [Test]
    [Protocol("6.47")]
    public async Task A_note_that_cannot_be_used_is_reported_to_every_device_the_reporting_one_included()
    {
        var phone = await ConnectAsync("alice/phone");
        var laptop = await ConnectAsync("alice/laptop");
        await phone.SendAsync("alice", "note");
        await laptop.MessagesAsync(1);
        await laptop.AskAsync(new Signal
        {
            Id = "note",
            To = new Identity { User = "alice" },
            Type = SignalKind.Error,
            Error = "invalid_argument: does not decrypt",
        });

        Assert.That((await phone.ReceiptsAsync(1))[0].Type, Is.EqualTo(SignalKind.Error));
        Assert.That((await laptop.ReceiptsAsync(1))[0].Type, Is.EqualTo(SignalKind.Error), "no answer delivered it");
        await phone.SendAsync("alice", "next");
        await laptop.MessagesAsync(2);
    }

    [Test]
    [Protocol("6.34")]
    public async Task A_play_without_an_id_is_an_error()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        var bob = await ConnectAsync("bob/phone");
        var before = bob.Frames.Count;
        await bob.UpAsync(new Frame
        {
            Signal = new Signal { To = new Identity { User = "alice" }, Status = SignalStatus.Played, UserOffset = 1 },
        });

        await bob.Until("an error", () => bob.Frames.Skip(before).Any(frame => frame.Signal is { HasError: true }));
        var answer = bob.Frames.First(frame => frame.Signal is { HasError: true }).Signal;
        Assert.That(answer.Error, Does.StartWith("invalid_argument: "));
        Assert.That(answer.Type, Is.EqualTo(SignalKind.Error));
    }

    [Test]
    [Protocol("6.42", "9.36")]
    public async Task A_report_without_what_it_needs_is_an_error()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        var bob = await ConnectAsync("bob/phone");
        var spoiled = new Action<Signal>[]
        {
            signal => signal.To = null,
            signal => signal.ClearError(),
            signal => signal.Error = new string('x', 1_025),
        };
        foreach (var spoil in spoiled)
        {
            var signal = new Signal
            {
                Id = "m",
                To = new Identity { User = "alice" },
                Type = SignalKind.Error,
                Error = "invalid_argument: does not decrypt",
            };
            spoil(signal);
            Assert.That((await bob.AskAsync(signal)).Error, Does.StartWith("invalid_argument: "));
        }

        Assert.That(alice.Receipts, Is.Empty);
    }
}
