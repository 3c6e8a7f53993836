using Messaging.Service.Ledger;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>Protocol §1 under many callers, and what a listener hears when.</summary>
public abstract partial class LedgerContract
{
    [Test]
    [Protocol("1.5", "1.9", "1.11", "1.16", "4.43")]
    public async Task Parallel_callers_get_dense_offsets_in_their_own_order()
    {
        const int Streams = 8, Messages = 500;
        var devices = new List<LedgerDevice>();
        for (var i = 0; i < Streams; i++)
            devices.Add(await DeviceAsync($"user-{i % 4}/device-{i / 4}"));
        var sent = await Task.WhenAll(devices.Select((device, i) => Task.Run(() => SendAllAsync(device, i))));

        foreach (var one in sent)
        {
            Assert.That(one.Select(message => message.Settlement), Is.All.EqualTo(Settlement.Recorded));
            Assert.That(one.Select(message => message.SignalOffset.Value), Is.Ordered.Ascending.And.Unique);
            foreach (var conversation in one.GroupBy(message => message.Recipient))
                Assert.That(conversation.Select(message => message.UserOffset.Value), Is.Ordered.Ascending.And.Unique);
        }

        var timelines = sent.SelectMany(one => one).GroupBy(message => string.Join(
            '+', new[] { message.Stream!.Device.User, message.Recipient }.Order(StringComparer.Ordinal)));
        foreach (var timeline in timelines)
        {
            Assert.That(
                timeline.Select(message => message.UserOffset.Value).Order(),
                Is.EqualTo(Enumerable.Range(1, timeline.Count())), timeline.Key);
        }

        foreach (var device in devices.Take(4))
        {
            var entries = await device.QueueAsync(0, 1_000);
            Assert.That(
                entries.Select(entry => entry.Offset.Value), Is.EqualTo(Enumerable.Range(1, entries.Count)));
            var members = entries.Select(entry => (MessageRecord)entry.Record).GroupBy(message => message.Conversation);
            foreach (var conversation in members)
            {
                Assert.That(
                    conversation.Select(message => message.UserOffset.Value),
                    Is.EqualTo(Enumerable.Range(1, conversation.Count())),
                    "messages stand in the order of their conversation");
            }
        }

        foreach (var device in devices)
            device.Dispose();

        static async Task<List<SendMessage>> SendAllAsync(LedgerDevice device, int number)
        {
            var messages = new List<SendMessage>();
            for (var i = 0; i < Messages; i++)
            {
                // Every second goes to a user that no stream belongs to.
                var to = i % 2 == 0 ? $"user-{(number + 1 + (i % 3)) % 4}" : "user-without-devices";
                messages.Add(await device.HandOverAsync(device.Message(to, $"{number}-{i}")));
            }

            await device.Listener.Visible(messages[^1]).InTime($"everything of {device.Opening.Device} is recorded");
            return messages;
        }
    }

    [Test]
    [Protocol("4.14")]
    public async Task A_settlement_is_followed_by_a_wake_at_which_the_entry_can_be_seen()
    {
        using var alice = await DeviceAsync("alice/phone");
        var work = new List<SendMessage>();
        for (var i = 0; i < 400; i++)
            work.Add(await alice.HandOverAsync(alice.Message("bob", $"m-{i}")));
        await alice.Listener.Visible(work[^1]).InTime("everything is recorded");

        var settled = SignalOffset.None;
        foreach (var heard in alice.Listener.Heard)
        {
            if (heard.Submission is SendMessage message)
                settled = message.SignalOffset;
            else if (heard.Kind == HeardKind.Woken)
                Assert.That(heard.Head, Is.EqualTo(settled));
        }
    }

    [Test]
    public async Task A_batch_wakes_a_stream_once()
    {
        using var bob = await DeviceAsync("bob/phone");
        using var alice = await DeviceAsync("alice/phone");
        await bob.AcknowledgeAsync(0);
        await alice.AcknowledgeAsync(0);
        var (bobsFirst, alicesFirst) = (bob.Listener.Heard.Count, alice.Listener.Heard.Count);
        for (var i = 0; i < 400; i++)
            await alice.HandOverAsync(alice.Message("bob", $"m-{i}"));
        await bob.Listener.HeadReached(new SignalOffset(400)).InTime("bob sees all of it");

        // Each wake has something to say that the one before it had not.
        var heads = bob.Listener.Heard.Skip(bobsFirst).Where(heard => heard.Kind == HeardKind.Woken);
        Assert.That(heads.Select(heard => heard.Head.Value), Is.Ordered.Ascending.And.Unique);
        var calls = alice.Listener.Heard.Skip(alicesFirst).Select(heard => heard.Kind).ToList();
        Assert.That(
            calls.Zip(calls.Skip(1)), Has.None.EqualTo((HeardKind.Woken, HeardKind.Woken)), "no wake for nothing");
    }

    [Test]
    public async Task Every_stream_of_a_user_is_woken_for_a_new_entry()
    {
        using var phone = await DeviceAsync("alice/phone");
        using var laptop = await DeviceAsync("alice/laptop");
        using var tablet = await DeviceAsync("alice/tablet");
        LedgerDevice[] devices = [phone, laptop, tablet];
        var before = devices.Select(device => device.Listener.Heard.Count).ToList();
        using var bob = await DeviceAsync("bob/phone");
        await bob.SendAsync("alice", "m1");

        // Not what they read when they are asked, but that they were told.
        await Wait.Eventually("each is woken", () => devices.Zip(before).All(pair =>
            pair.First.Listener.Heard.Skip(pair.Second).Any(heard => heard.Kind == HeardKind.Woken)));
    }

    [Test]
    public async Task A_stream_is_not_woken_for_the_entries_of_others()
    {
        using var carol = await DeviceAsync("carol/phone");
        await carol.AcknowledgeAsync(0);
        var before = carol.Listener.Heard.Count;
        using var alice = await DeviceAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        await carol.AcknowledgeAsync(0);

        Assert.That(
            carol.Listener.Heard.Skip(before).Select(heard => heard.Kind),
            Is.EqualTo(new[] { HeardKind.Settled, HeardKind.Woken }));
    }

    [Test]
    public async Task A_head_never_shows_an_entry_that_cannot_be_read()
    {
        using var alice = await DeviceAsync("alice/phone");
        using var bob = await DeviceAsync("bob/phone");
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 1_000; i++)
                await alice.HandOverAsync(alice.Message("bob", $"m-{i}"));
        });

        for (var head = 0; head < 1_000;)
        {
            head = bob.Stream.Head.Value;
            if (head == 0)
            {
                await Task.Yield();
                continue;
            }

            var page = await PageAsync(bob, head - 1, 1);
            Assert.That(page.Entries.Select(entry => entry.Offset.Value), Is.EqualTo(new[] { head }));
        }

        await writing.InTime("the writer ends");
    }

    [Test]
    [Protocol("1.13", "1.14")]
    public async Task Closing_settles_everything_and_keeps_exactly_what_it_said_it_had_recorded()
    {
        var work = new List<SendMessage>();
        using var alice = await DeviceAsync("alice/phone");
        for (var i = 0; i < 500; i++)
            work.Add(await alice.HandOverAsync(alice.Message("bob", $"m-{i}")));
        await ledger.DisposeAsync().InTime("the ledger is closed");
        await ledger.Completion.InTime("the writer has stopped");
        Assert.That(
            work.Select(one => one.Settlement),
            Is.All.EqualTo(Settlement.Recorded).Or.EqualTo(Settlement.Unavailable));

        await Open();
        using var bob = await DeviceAsync("bob/phone");
        var kept = (await bob.QueueAsync()).Select(entry => ((MessageRecord)entry.Record).Id);
        Assert.That(
            kept, Is.EqualTo(work.Where(one => one.Settlement == Settlement.Recorded).Select(one => one.Id)));
    }
}
