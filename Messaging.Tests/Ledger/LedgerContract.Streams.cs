using Messaging.Service.Ledger;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>Protocol §2: opening streams, and the one that replaces another.</summary>
public abstract partial class LedgerContract
{
    [Test]
    [Protocol("2.21")]
    public async Task The_epoch_stays_while_the_ledger_lives()
    {
        var epoch = ledger.Epoch;
        await ReopenAsync();
        Assert.That(ledger.Epoch, Is.EqualTo(epoch).And.Not.Empty);

        using var elsewhere = TemporaryFolder.Create();
        await using var other = await OpenAsync(elsewhere.Path, time).InTime("another ledger is opened");
        Assert.That(other.Epoch, Is.Not.EqualTo(epoch));
    }

    [Test]
    [Protocol("2.12", "2.13")]
    public async Task A_device_begins_before_the_first_entry()
    {
        using var alice = await DeviceAsync("alice/phone");
        Assert.Multiple(() =>
        {
            Assert.That(alice.Opening.Settlement, Is.EqualTo(Settlement.Recorded));
            Assert.That(alice.Opening.Cursor, Is.EqualTo(SignalOffset.None));
            Assert.That(alice.Opening.Head, Is.EqualTo(SignalOffset.None));
            Assert.That(alice.Stream.Device, Is.EqualTo(new Party("alice", "phone")));
        });
    }

    [Test]
    [Protocol("2.14", "2.16")]
    public async Task Only_a_new_device_may_start_at_the_head()
    {
        using var known = await BobWithMessagesAsync(2);
        using var again = await DeviceAsync("bob/phone", startAtHead: true);
        Assert.That(again.Opening.Cursor, Is.EqualTo(SignalOffset.None));

        using var instance = await DeviceAsync("bob/instance", startAtHead: true);
        Assert.That(instance.Opening.Cursor, Is.EqualTo(new SignalOffset(2)));
        Assert.That(instance.Stream.Cursor, Is.EqualTo(new SignalOffset(2)));
        await ReopenAsync();
        using var later = await DeviceAsync("bob/instance");
        Assert.That(later.Opening.Cursor, Is.EqualTo(new SignalOffset(2)));
    }

    [Test]
    public async Task Stream_numbers_rise_also_across_reopening()
    {
        var numbers = new List<long>();
        for (var i = 0; i < 3; i++)
        {
            foreach (var name in new[] { "alice/phone", "alice/laptop", "bob/phone", "alice/phone" })
            {
                using var device = await DeviceAsync(name);
                await device.SendAsync("carol", $"{name}-{i}");
                numbers.Add(device.Stream.Number.Value);
            }

            await ReopenAsync();
        }

        Assert.That(numbers, Is.Ordered.Ascending.And.Unique);
    }

    [Test]
    [Protocol("2.47")]
    public async Task A_replaced_stream_hears_of_it_and_takes_no_more_effect()
    {
        using var old = await BobWithMessagesAsync(2);
        using var fresh = await DeviceAsync("bob/phone");
        await old.Listener.Replaced.InTime("the old stream hears that it was replaced");

        var work = new Submission[]
        {
            await old.SettledAsync(old.Message("alice", "late")),
            await old.SettledAsync(new Acknowledge(old.Stream, new SignalOffset(1))),
            await old.SettledAsync(new MarkRead(old.Stream, "alice", "m-1", UserOffset.None)),
        };
        Assert.That(work.Select(one => one.Settlement), Is.All.EqualTo(Settlement.Superseded));
        Assert.That((await fresh.AcknowledgeAsync(0)).Cursor, Is.EqualTo(SignalOffset.None));
        Assert.That(fresh.Stream.Head, Is.EqualTo(new SignalOffset(2)));
        Assert.That((await fresh.QueueAsync())[0].State, Is.EqualTo(MessageState.Sent));
        Assert.That(old.Listener.Heard.Count(heard => heard.Kind == HeardKind.Replaced), Is.EqualTo(1));
        Assert.That(fresh.Listener.Heard.Count(heard => heard.Kind == HeardKind.Replaced), Is.Zero);
    }

    [Test]
    [Protocol("2.47")]
    public async Task What_a_replaced_stream_repeats_is_superseded_too()
    {
        using var old = await DeviceAsync("alice/phone");
        await old.SendAsync("bob", "m");
        using var fresh = await DeviceAsync("alice/phone");

        var repeat = await old.SettledAsync(old.Message("bob", "m"));
        Assert.That(repeat.Settlement, Is.EqualTo(Settlement.Superseded));
    }

    [Test]
    [Protocol("2.47", "2.48")]
    public async Task What_was_handed_over_before_the_replacement_is_taken_and_what_came_after_is_not()
    {
        using var old = await DeviceAsync("alice/phone");
        var work = new List<SendMessage>();
        for (var i = 0; i < 50; i++)
            work.Add(await old.HandOverAsync(old.Message("bob", $"m-{i}")));
        var listener = new RecordingListener();
        var opening = await old.HandOverAsync(new OpenStream(old.Opening.Device, listener));
        for (var i = 50; i < 100; i++)
            work.Add(await old.HandOverAsync(old.Message("bob", $"m-{i}")));

        await old.Listener.Settled(work[^1]).InTime("the last is settled");
        await listener.Settled(opening).InTime("the new stream is open");
        Assert.That(work.Take(50).Select(one => one.Settlement), Is.All.EqualTo(Settlement.Recorded));
        Assert.That(work.Skip(50).Select(one => one.Settlement), Is.All.EqualTo(Settlement.Superseded));
        Assert.That(opening.Cursor, Is.EqualTo(new SignalOffset(50)));
        Assert.That(opening.Head, Is.EqualTo(new SignalOffset(50)));
        opening.Stream?.Dispose();
    }

    [Test]
    [Protocol("2.45")]
    public async Task Another_device_or_user_replaces_nothing()
    {
        using var phone = await DeviceAsync("alice/phone");
        using var laptop = await DeviceAsync("alice/laptop");
        using var bob = await DeviceAsync("bob/phone");

        Assert.That((await phone.SendAsync("bob", "m")).Settlement, Is.EqualTo(Settlement.Recorded));
        Assert.That(phone.Listener.Replaced.IsCompleted, Is.False);
    }

    [TestCase("bob/phone")]
    [TestCase("bob/new device")]
    [Protocol("2.31")]
    public async Task A_position_past_the_head_is_out_of_range_and_replaces_nothing(string name)
    {
        using var bob = await BobWithMessagesAsync(2);
        var refused = await DeviceAsync(name, position: 3);

        Assert.That(refused.Opening.Settlement, Is.EqualTo(Settlement.OutOfRange));
        Assert.That(refused.Opening.Stream, Is.Null);
        Assert.That((await bob.AcknowledgeAsync(1)).Settlement, Is.EqualTo(Settlement.Recorded));
        Assert.That(bob.Listener.Replaced.IsCompleted, Is.False);
    }

    [Test]
    public async Task A_refused_opening_registers_no_device()
    {
        using var bob = await BobWithMessagesAsync(2);
        await DeviceAsync("bob/laptop", position: 3);

        using var laptop = await DeviceAsync("bob/laptop", startAtHead: true);
        Assert.That(laptop.Opening.Cursor, Is.EqualTo(new SignalOffset(2)), "it is still a new one");
    }

    [Test]
    [Protocol("2.35")]
    public async Task A_position_up_to_the_head_is_taken_and_moves_nothing()
    {
        using var bob = await BobWithMessagesAsync(2);
        await bob.AcknowledgeAsync(1);
        using var again = await DeviceAsync("bob/phone", position: 2);

        Assert.That(again.Opening.Settlement, Is.EqualTo(Settlement.Recorded));
        Assert.That(again.Opening.Cursor, Is.EqualTo(new SignalOffset(1)));
    }
}
