using Messaging.Service.Ledger;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>Protocol §§4 and 5: what moves a device's cursor, and what does not.</summary>
public abstract partial class LedgerContract
{
    [Test]
    public async Task Acknowledging_past_the_cursor_moves_it_there()
    {
        using var bob = await BobWithMessagesAsync(3);
        var acknowledged = await bob.AcknowledgeAsync(2);

        Assert.Multiple(() =>
        {
            Assert.That(acknowledged.Settlement, Is.EqualTo(Settlement.Recorded));
            Assert.That(acknowledged.Cursor, Is.EqualTo(new SignalOffset(2)));
            Assert.That(bob.Stream.Cursor, Is.EqualTo(new SignalOffset(2)));
        });
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public async Task Acknowledging_at_or_before_the_cursor_leaves_it_where_it_stands(int offset)
    {
        using var bob = await BobWithMessagesAsync(3);
        await bob.AcknowledgeAsync(2);
        var again = await bob.AcknowledgeAsync(offset);

        Assert.That(again.Settlement, Is.EqualTo(Settlement.Recorded));
        Assert.That(again.Cursor, Is.EqualTo(new SignalOffset(2)));
    }

    [TestCase(4)]
    [TestCase(int.MaxValue)]
    public async Task Acknowledging_past_the_head_is_out_of_range_and_changes_nothing(int offset)
    {
        using var bob = await BobWithMessagesAsync(3);
        await bob.AcknowledgeAsync(1);
        var refused = await bob.AcknowledgeAsync(offset);

        Assert.Multiple(() =>
        {
            Assert.That(refused.Settlement, Is.EqualTo(Settlement.OutOfRange));
            Assert.That(refused.Cursor, Is.EqualTo(new SignalOffset(1)));
            Assert.That(bob.Stream.Cursor, Is.EqualTo(new SignalOffset(1)));
        });
        using var alice = await DeviceAsync("alice/laptop");
        Assert.That((await alice.DescribeAsync(4))[1], Is.EqualTo("2 message alice/phone m-2 #2 Sent"));
    }

    [Test]
    public async Task A_message_moves_its_devices_cursor_over_its_own_entry_where_that_is_next_in_line()
    {
        using var phone = await DeviceAsync("alice/phone");
        using var laptop = await DeviceAsync("alice/laptop");
        await phone.SendAsync("bob", "1");
        await phone.SendAsync("bob", "2");
        Assert.That(phone.Stream.Cursor, Is.EqualTo(new SignalOffset(2)));
        Assert.That(laptop.Stream.Cursor, Is.EqualTo(SignalOffset.None));

        await laptop.SendAsync("bob", "3");
        Assert.That(laptop.Stream.Cursor, Is.EqualTo(SignalOffset.None), "two entries stand before it");
        await phone.SendAsync("bob", "4");
        Assert.That(phone.Stream.Cursor, Is.EqualTo(new SignalOffset(2)), "the laptop's stands before it");
    }

    [Test]
    public async Task An_acknowledgement_passes_over_own_entries_of_this_stream_that_follow()
    {
        using var bob = await BobWithMessagesAsync(2);
        using var alice = await DeviceAsync("alice/phone");
        await bob.SendAsync("alice", "own-3");
        await bob.SendAsync("carol", "own-4");
        await alice.SendAsync("bob", "5");
        await bob.SendAsync("carol", "own-6");

        Assert.That((await bob.AcknowledgeAsync(1)).Cursor, Is.EqualTo(new SignalOffset(1)));
        Assert.That((await bob.AcknowledgeAsync(2)).Cursor, Is.EqualTo(new SignalOffset(4)));
        Assert.That((await bob.AcknowledgeAsync(5)).Cursor, Is.EqualTo(new SignalOffset(6)));
    }

    [Test]
    public async Task An_acknowledgement_does_not_pass_over_own_entries_of_an_earlier_stream()
    {
        using var earlier = await BobWithMessagesAsync(1);
        await earlier.SendAsync("alice", "own-2");
        using var bob = await DeviceAsync("bob/phone");
        await bob.SendAsync("alice", "own-3");

        Assert.That((await bob.AcknowledgeAsync(1)).Cursor, Is.EqualTo(new SignalOffset(1)));
        Assert.That((await bob.AcknowledgeAsync(2)).Cursor, Is.EqualTo(new SignalOffset(3)));
    }

    [Test]
    public async Task An_acknowledgement_does_not_pass_over_own_entries_from_before_the_ledger_was_opened_again()
    {
        using (var earlier = await BobWithMessagesAsync(1))
            await earlier.SendAsync("alice", "own-2");
        await ReopenAsync();

        using var bob = await DeviceAsync("bob/phone");
        Assert.That((await bob.AcknowledgeAsync(1)).Cursor, Is.EqualTo(new SignalOffset(1)));
    }

    [Test]
    public async Task The_answer_to_a_read_moves_the_cursor_as_a_message_does()
    {
        using var bob = await BobWithMessagesAsync(1);
        await bob.AcknowledgeAsync(1);
        var read = await bob.MarkReadAsync("alice", "m-1");

        Assert.That(read.SignalOffset, Is.EqualTo(new SignalOffset(2)));
        Assert.That(bob.Stream.Cursor, Is.EqualTo(new SignalOffset(2)));
    }

    [Test]
    public async Task Every_device_has_a_cursor_of_its_own()
    {
        using var phone = await BobWithMessagesAsync(3);
        using var laptop = await DeviceAsync("bob/laptop");
        await phone.AcknowledgeAsync(3);
        await laptop.AcknowledgeAsync(1);

        using var phoneAgain = await DeviceAsync("bob/phone");
        using var laptopAgain = await DeviceAsync("bob/laptop");
        Assert.That(phoneAgain.Opening.Cursor, Is.EqualTo(new SignalOffset(3)));
        Assert.That(laptopAgain.Opening.Cursor, Is.EqualTo(new SignalOffset(1)));
    }

    [Test]
    public async Task Cursors_outlive_the_ledgers_process()
    {
        using (var bob = await BobWithMessagesAsync(3))
        {
            await bob.AcknowledgeAsync(2);
            using var alice = await DeviceAsync("alice/laptop");
            await alice.AcknowledgeAsync(1);
        }

        await ReopenAsync();
        using var bobAgain = await DeviceAsync("bob/phone");
        using var aliceLaptop = await DeviceAsync("alice/laptop");
        using var alicePhone = await DeviceAsync("alice/phone");
        Assert.That(bobAgain.Opening.Cursor, Is.EqualTo(new SignalOffset(2)));
        Assert.That(aliceLaptop.Opening.Cursor, Is.EqualTo(new SignalOffset(1)));
        Assert.That(alicePhone.Opening.Cursor, Is.EqualTo(new SignalOffset(3)), "moved by its own messages");
    }

    /// <summary>bob/phone, to whom alice/phone has sent m-1, m-2, …</summary>
    private async Task<LedgerDevice> BobWithMessagesAsync(int count)
    {
        using var alice = await DeviceAsync("alice/phone");
        for (var i = 1; i <= count; i++)
            await alice.SendAsync("bob", $"m-{i}");
        return await DeviceAsync("bob/phone");
    }
}
