using Messaging.Service.Ledger;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>Protocol §6: the watermark of <c>received</c>, and what messages show of it.</summary>
public abstract partial class LedgerContract
{
    [Test]
    [Protocol("1.3", "6.2", "6.17")]
    public async Task The_first_device_to_acknowledge_tells_the_sender_once()
    {
        using var phone = await BobWithMessagesAsync(2);
        using var laptop = await DeviceAsync("bob/laptop");
        using var alice = await DeviceAsync("alice/phone");
        await phone.AcknowledgeAsync(1);
        Assert.That(await alice.DescribeAsync(3, after: 2), Is.EqualTo(new[] { "3 Received bob/phone #1 about m-1" }));

        await laptop.AcknowledgeAsync(1);
        await phone.AcknowledgeAsync(1);
        await laptop.AcknowledgeAsync(2);
        await phone.AcknowledgeAsync(2);
        Assert.That(await alice.DescribeAsync(4, after: 3), Is.EqualTo(new[] { "4 Received bob/laptop #2 about m-2" }));
        Assert.That(phone.Stream.Head, Is.EqualTo(new SignalOffset(2)), "receipts take none of the receiver's offsets");
    }

    [Test]
    [Protocol("5.16", "6.17", "6.21", "6.22")]
    public async Task One_acknowledgement_tells_each_sender_once_of_the_last_message_that_it_covers()
    {
        using var bob = await BobWithMessagesAsync(3);
        using var carol = await DeviceAsync("carol/phone");
        await carol.SendAsync("bob", "c-1");
        await carol.SendAsync("bob", "c-2");
        await carol.SendAsync("bob", "c-3");
        await bob.AcknowledgeAsync(5);

        using var alice = await DeviceAsync("alice/phone");
        Assert.That(await alice.DescribeAsync(4, after: 3), Is.EqualTo(new[] { "4 Received bob/phone #3 about m-3" }));
        Assert.That(await carol.DescribeAsync(4, after: 3), Is.EqualTo(new[] { "4 Received bob/phone #2 about c-2" }));
    }

    [Test]
    [Protocol("6.27")]
    public async Task Received_reaches_to_the_last_message_that_others_sent()
    {
        using var bob = await BobWithMessagesAsync(1);
        await bob.SendAsync("alice", "own-2");
        await bob.SendAsync("alice", "own-3");
        await bob.AcknowledgeAsync(3);

        using var alice = await DeviceAsync("alice/phone");
        Assert.That((await alice.DescribeAsync(4))[^1], Is.EqualTo("4 Received bob/phone #1 about m-1"));
    }

    [Test]
    public async Task Acknowledging_ones_own_messages_and_receipts_tells_nobody()
    {
        using var bob = await BobWithMessagesAsync(1);
        await bob.AcknowledgeAsync(1);
        using var alice = await DeviceAsync("alice/laptop");
        Assert.That(await alice.DescribeAsync(2), Has.Count.EqualTo(2));

        await alice.AcknowledgeAsync(2);
        Assert.That(alice.Stream.Head, Is.EqualTo(new SignalOffset(2)));
        Assert.That(bob.Stream.Head, Is.EqualTo(new SignalOffset(1)));
    }

    [Test]
    [Protocol("6.5")]
    public async Task Starting_at_the_head_makes_nothing_received()
    {
        using var phone = await BobWithMessagesAsync(2);
        using var instance = await DeviceAsync("bob/instance", startAtHead: true);
        Assert.That(instance.Opening.Cursor, Is.EqualTo(new SignalOffset(2)));
        Assert.That((await instance.AcknowledgeAsync(2)).Cursor, Is.EqualTo(new SignalOffset(2)));
        using var alice = await DeviceAsync("alice/phone");
        Assert.That(alice.Opening.Head, Is.EqualTo(new SignalOffset(2)));

        await phone.AcknowledgeAsync(2);
        Assert.That((await alice.DescribeAsync(3))[^1], Is.EqualTo("3 Received bob/phone #2 about m-2"));
    }

    [Test]
    [Protocol("6.2", "6.3")]
    public async Task An_acknowledgement_covers_what_came_before_its_device_started_at_the_head()
    {
        using (await BobWithMessagesAsync(2))
        using (var instance = await DeviceAsync("bob/instance", startAtHead: true))
        using (var carol = await DeviceAsync("carol/phone"))
        {
            await carol.SendAsync("bob", "c-1");
            await instance.AcknowledgeAsync(3);
            Assert.That(await carol.DescribeAsync(2, after: 1), Is.EqualTo(new[] { "2 Received bob/instance #1 about c-1" }));
        }

        using var alice = await DeviceAsync("alice/phone");
        Assert.That(
            (await alice.DescribeAsync(3)).Last(), Is.EqualTo("3 Received bob/instance #2 about m-2"),
            "every message up to the acknowledged entry is received");
    }

    [Test]
    [Protocol("6.16")]
    public async Task A_watermark_of_received_outlives_the_ledgers_process()
    {
        using (var phone = await BobWithMessagesAsync(2))
            await phone.AcknowledgeAsync(2);
        await ReopenAsync();

        using var laptop = await DeviceAsync("bob/laptop");
        await laptop.AcknowledgeAsync(2);
        using var alice = await DeviceAsync("alice/phone");
        Assert.That(alice.Opening.Head, Is.EqualTo(new SignalOffset(3)), "one receipt, not two");
    }

    [Test]
    [Protocol("6.23", "6.25")]
    public async Task A_receipt_says_who_when_and_in_which_conversation()
    {
        using var bob = await BobWithMessagesAsync(1);
        time.Advance(TimeSpan.FromSeconds(7));
        await bob.AcknowledgeAsync(1);

        using var alice = await DeviceAsync("alice/phone");
        var entries = await alice.QueueAsync();
        var receipt = (ReceiptRecord)entries[1].Record;
        Assert.Multiple(() =>
        {
            Assert.That(receipt.Kind, Is.EqualTo(ReceiptKind.Received));
            Assert.That(receipt.Author, Is.EqualTo(new Party("bob", "phone")));
            Assert.That(receipt.RecordedAt, Is.EqualTo(time.Milliseconds));
            Assert.That(receipt.Conversation, Is.EqualTo(((MessageRecord)entries[0].Record).Conversation));
            Assert.That(entries[1].About, Is.EqualTo("m-1"));
        });
    }

    [Test]
    [Protocol("5.9", "6.13")]
    public async Task Messages_show_how_far_they_have_come()
    {
        using (var bob = await BobWithMessagesAsync(3))
        {
            await bob.AcknowledgeAsync(2);
            await bob.MarkReadAsync("alice", "m-1");
            await bob.SendAsync("alice", "own");
        }

        for (var i = 0; i < 2; i++)
        {
            using (var alice = await DeviceAsync("alice/laptop"))
            using (var bob = await DeviceAsync("bob/laptop"))
            {
                var expected = new[] { MessageState.Read, MessageState.Received, MessageState.Sent, MessageState.Sent };
                Assert.That(await StatesAsync(alice), Is.EqualTo(expected));
                Assert.That(await StatesAsync(bob), Is.EqualTo(expected));
            }

            await ReopenAsync();
        }

        static async Task<IEnumerable<MessageState>> StatesAsync(LedgerDevice device) =>
            from entry in await device.QueueAsync() where entry.Record is MessageRecord select entry.State;
    }
}
