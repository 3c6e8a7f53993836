using System.Globalization;
using Messaging.Service.Ledger;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>Protocol §5: reading a queue, recent or long on disk.</summary>
public abstract partial class LedgerContract
{
    private const int Megabyte = 1 << 20;

    [Test]
    public async Task A_page_holds_at_most_the_entries_asked_for()
    {
        using var bob = await BobWithMessagesAsync(5);
        var page = await PageAsync(bob, after: 1, maxEntries: 3);

        Assert.That(page.Entries.Select(entry => entry.Offset.Value), Is.EqualTo(new[] { 2, 3, 4 }));
        Assert.That(page.Through, Is.EqualTo(new SignalOffset(4)));
        var rest = await PageAsync(bob, after: 4, maxEntries: 3);
        Assert.That(rest.Entries.Select(entry => entry.Offset.Value), Is.EqualTo(new[] { 5 }));
        Assert.That(rest.Through, Is.EqualTo(new SignalOffset(5)));
    }

    [Test]
    public async Task A_page_behind_the_head_is_empty()
    {
        using var bob = await BobWithMessagesAsync(2);
        var page = await PageAsync(bob, after: 2, maxEntries: 3);

        Assert.That(page.Entries, Is.Empty);
        Assert.That(page.Through, Is.EqualTo(new SignalOffset(2)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_page_holds_at_most_the_bytes_asked_for_but_always_one_entry(bool reopened)
    {
        using (var alice = await DeviceAsync("alice/phone"))
        {
            for (var i = 0; i < 4; i++)
                await alice.VisibleAsync(alice.Message("bob", $"m-{i}", new byte[100]));
        }

        if (reopened)
            await ReopenAsync();
        using var bob = await DeviceAsync("bob/phone");
        Assert.That((await PageAsync(bob, 0, 64, maxBytes: 200)).Entries, Has.Count.EqualTo(2));
        Assert.That((await PageAsync(bob, 0, 64, maxBytes: 199)).Entries, Has.Count.EqualTo(1));
        Assert.That((await PageAsync(bob, 0, 64, maxBytes: 1)).Entries, Has.Count.EqualTo(1));
        Assert.That((await PageAsync(bob, 2, 64, maxBytes: 99)).Through, Is.EqualTo(new SignalOffset(3)));
        Assert.That((await PageAsync(bob, 0, 64, maxBytes: 400)).Entries, Has.Count.EqualTo(4));
    }

    [Test]
    [Protocol("1.1", "1.13", "1.14")]
    public async Task A_long_queue_reads_the_same_in_small_pages_in_large_ones_and_after_reopening()
    {
        const int Count = 5_000;
        var random = Seed.Random();
        using (var alice = await DeviceAsync("alice/phone"))
        using (var carol = await DeviceAsync("carol/phone"))
        using (var phone = await DeviceAsync("bob/phone"))
        {
            SendMessage? last = null;
            for (var i = 0; i < Count; i++)
            {
                var sender = random.Next(3) == 0 ? carol : alice;
                var body = new byte[random.Next(400)];
                random.NextBytes(body);
                last = await sender.HandOverAsync(sender.Message("bob", Invariant(i), body));
                if (i % 500 == 0)
                    await phone.HandOverAsync(new MarkRead(phone.Stream, sender.User, Invariant(i), UserOffset.None));
            }

            var lastSender = last!.Stream!.Device.User == "alice" ? alice : carol;
            await lastSender.Listener.Visible(last).InTime("everything is recorded");
        }

        var before = await ReadAsync(maxEntries: 512);
        Assert.That(before, Has.Count.EqualTo(Count + 10));
        Assert.That(
            before.Select(line => line[..line.IndexOf(' ', StringComparison.Ordinal)]),
            Is.EqualTo(Enumerable.Range(1, Count + 10).Select(Invariant)));
        Assert.That(await ReadAsync(maxEntries: 7), Is.EqualTo(before));
        await ReopenAsync();
        Assert.That(await ReadAsync(maxEntries: 64), Is.EqualTo(before));
        await ReopenAsync();
        Assert.That(await ReadAsync(maxEntries: 5_010), Is.EqualTo(before));

        async Task<List<string>> ReadAsync(int maxEntries)
        {
            using var laptop = await DeviceAsync("bob/laptop");
            return [.. (await laptop.QueueAsync(0, maxEntries, 16 * Megabyte)).Select(QueueText.Full)];
        }

        static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    [Test]
    [Protocol("1.7", "5.42")]
    public async Task A_queue_can_be_read_again_from_any_place()
    {
        using var bob = await BobWithMessagesAsync(5);
        await bob.AcknowledgeAsync(5);
        for (var after = 0; after <= 5; after++)
        {
            var ids = (await bob.QueueAsync(after)).Select(entry => ((MessageRecord)entry.Record).Id);
            Assert.That(ids, Is.EqualTo(Enumerable.Range(after + 1, 5 - after).Select(i => $"m-{i}")));
        }
    }

    [Test]
    public async Task A_long_queue_is_read_while_it_grows_without_a_hole()
    {
        const int Count = 3_000;
        using var alice = await DeviceAsync("alice/phone");
        using var bob = await DeviceAsync("bob/phone");
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < Count; i++)
                await alice.HandOverAsync(alice.Message("bob", $"m-{i}"));
        });

        var place = SignalOffset.None;
        while (place.Value < Count)
        {
            await bob.Listener.HeadReached(place.Next()).InTime($"the head passes {place}");
            var head = bob.Stream.Head;
            var page = await bob.Stream.ReadAsync(place, 50, Megabyte, CancellationToken.None).InTime("a page");
            Assert.That(page.Entries, Is.Not.Empty, $"behind {place}, with the head at {head}");
            foreach (var entry in page.Entries)
            {
                Assert.That(((MessageRecord)entry.Record).Id, Is.EqualTo($"m-{place}"));
                place = place.Next();
                Assert.That(entry.Offset, Is.EqualTo(place));
            }
        }

        await writing.InTime("the writer ends");
    }

    private static Task<QueuePage> PageAsync(
        LedgerDevice device, int after, int maxEntries, int maxBytes = Megabyte) =>
        device.Stream.ReadAsync(new SignalOffset(after), maxEntries, maxBytes, CancellationToken.None)
            .InTime($"a page behind {after}");
}
