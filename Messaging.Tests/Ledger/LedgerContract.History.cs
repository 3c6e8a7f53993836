using Messaging.Service.Ledger;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>Protocol §12: reading timelines, recent or long on disk.</summary>
public abstract partial class LedgerContract
{
    [TestCase(false)]
    [TestCase(true)]
    [Protocol("12.6", "12.7", "12.8", "12.10")]
    public async Task A_timeline_reads_the_same_forth_and_back_in_pages_of_any_size(bool reopened)
    {
        const int Count = 150;
        var random = Seed.Random();
        using (var alice = await DeviceAsync("alice/phone"))
        using (var bob = await DeviceAsync("bob/phone"))
        {
            for (var i = 1; i <= Count; i++)
            {
                var (sender, peer) = random.Next(2) == 0 ? (alice, "bob") : (bob, "alice");
                await sender.SendAsync(peer, $"m-{i}");
                if (random.Next(4) == 0)
                    await sender.SendAsync("carol", $"other-{i}");
            }
        }

        if (reopened)
            await ReopenAsync();
        var expected = Enumerable.Range(1, Count).Select(i => $"m-{i} #{i}").ToList();
        foreach (var size in new[] { 1, 7, Count, 1_000 })
        {
            Assert.That((await ForthAsync("alice", "bob", size)).Select(Place), Is.EqualTo(expected), $"forth by {size}");
            Assert.That((await BackAsync("bob", "alice", size)).Select(Place), Is.EqualTo(expected), $"back by {size}");
        }

        foreach (var (user, peer) in new[] { ("alice", "bob"), ("bob", "alice") })
        {
            using var device = await DeviceAsync($"{user}/check");
            var queue = (await device.QueueAsync()).Where(entry => entry.Record is MessageRecord { Id: ['m', ..] });
            Assert.That(
                (await ForthAsync(user, peer, 50)).Select(QueueText.Full), Is.EqualTo(queue.Select(QueueText.Full)),
                $"as in {user}'s queue");
        }
    }

    [Test]
    [Protocol("12.7", "12.8")]
    public async Task A_page_lies_on_the_side_asked_for_of_the_place_asked_for()
    {
        using var bob = await BobWithMessagesAsync(5);
        Assert.That(await OffsetsAsync(HistorySide.Before, 0, 2), Is.EqualTo(new[] { 4, 5 }));
        Assert.That(await OffsetsAsync(HistorySide.Before, 4, 2), Is.EqualTo(new[] { 2, 3 }));
        Assert.That(await OffsetsAsync(HistorySide.Before, 1, 2), Is.Empty);
        Assert.That(await OffsetsAsync(HistorySide.Before, 6, 2), Is.EqualTo(new[] { 4, 5 }));
        Assert.That(await OffsetsAsync(HistorySide.Before, int.MaxValue, 2), Is.EqualTo(new[] { 4, 5 }));
        Assert.That(await OffsetsAsync(HistorySide.After, 0, 2), Is.EqualTo(new[] { 1, 2 }));
        Assert.That(await OffsetsAsync(HistorySide.After, 2, 9), Is.EqualTo(new[] { 3, 4, 5 }));
        Assert.That(await OffsetsAsync(HistorySide.After, 5, 2), Is.Empty);
        Assert.That(await OffsetsAsync(HistorySide.After, int.MaxValue, 2), Is.Empty);

        async Task<IEnumerable<int>> OffsetsAsync(HistorySide side, int bound, int max)
        {
            var page = await HistoryAsync("bob", "alice", side, bound, max);
            Assert.That((page.Head.Value, page.KeptFrom.Value), Is.EqualTo((5, 1)));
            return page.Messages.Select(entry => ((MessageRecord)entry.Record).UserOffset.Value);
        }
    }

    [Test]
    [Protocol("12.10")]
    public async Task A_timeline_is_paged_while_it_grows_without_a_hole_or_a_double()
    {
        const int Count = 2_000;
        using var alice = await DeviceAsync("alice/phone");
        var first = await alice.SendAsync("bob", "m-1");
        var writing = Task.Run(async () =>
        {
            for (var i = 2; i <= Count; i++)
                await alice.HandOverAsync(alice.Message("bob", $"m-{i}"));
            return await alice.SendAsync("carol", "last");
        });

        var (seen, backs) = (0, 0);
        while (seen < Count)
        {
            var page = await HistoryAsync("bob", "alice", HistorySide.After, seen, 40);
            foreach (var entry in page.Messages)
                Assert.That(Place(entry), Is.EqualTo($"m-{++seen} #{seen}"));
            if (++backs % 8 != 0)
                continue;
            var back = await HistoryAsync("bob", "alice", HistorySide.Before, 0, 40);
            Assert.That(
                back.Messages.Select(Place),
                Is.EqualTo(Enumerable.Range(back.Head.Value - back.Messages.Count + 1, back.Messages.Count).Select(i => $"m-{i} #{i}")));
            Assert.That(back.Messages, Has.Count.EqualTo(Math.Min(40, back.Head.Value)));
        }

        await writing.InTime("the writer ends");
        Assert.That(await BackAsync("bob", "alice", 64), Has.Count.EqualTo(Count));
        Assert.That(first.UserOffset.Value, Is.EqualTo(1));
    }

    [TestCase(false)]
    [TestCase(true)]
    [Protocol("12.9")]
    public async Task A_page_of_history_holds_at_most_the_bytes_asked_for_but_always_one_message(bool reopened)
    {
        using (var alice = await DeviceAsync("alice/phone"))
        {
            for (var i = 0; i < 4; i++)
                await alice.VisibleAsync(alice.Message("bob", $"m-{i}", new byte[100]));
        }

        if (reopened)
            await ReopenAsync();
        foreach (var side in Enum.GetValues<HistorySide>())
        {
            Assert.That((await HistoryAsync("bob", "alice", side, 0, 64, 200)).Messages, Has.Count.EqualTo(2));
            Assert.That((await HistoryAsync("bob", "alice", side, 0, 64, 199)).Messages, Has.Count.EqualTo(1));
            Assert.That((await HistoryAsync("bob", "alice", side, 0, 64, 1)).Messages, Has.Count.EqualTo(1));
            Assert.That((await HistoryAsync("bob", "alice", side, 0, 64, 400)).Messages, Has.Count.EqualTo(4));
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    [Protocol("12.5")]
    public async Task History_says_how_far_each_message_has_come_by_now(bool reopened)
    {
        using (var alice = await DeviceAsync("alice/phone"))
        using (var bob = await DeviceAsync("bob/phone"))
        {
            for (var i = 1; i <= 3; i++)
                await alice.SendAsync("bob", $"m-{i}");
            await bob.AcknowledgeAsync(2);
            await bob.MarkReadAsync("alice", upTo: 1);
        }

        if (reopened)
            await ReopenAsync();
        foreach (var (user, peer) in new[] { ("alice", "bob"), ("bob", "alice") })
        {
            var page = await HistoryAsync(user, peer, HistorySide.Before);
            Assert.That(
                page.Messages.Select(entry => entry.State),
                Is.EqualTo(new[] { MessageState.Read, MessageState.Received, MessageState.Sent }));
        }
    }

    [Test]
    [Protocol("12.3", "12.4")]
    public async Task A_conversation_that_there_is_not_reads_like_one_in_which_nothing_was_said()
    {
        using var alice = await DeviceAsync("alice/phone");
        using var carol = await DeviceAsync("carol/phone");
        await alice.SendAsync("bob", "m-1");
        foreach (var (user, peer) in new[]
        {
            ("alice", "carol"), ("carol", "alice"), ("carol", "bob"), ("alice", "nobody"), ("nobody", "alice"),
            ("nobody", "no one"), ("alice", "alice"), ("alice", "bob,"), ("alice", "2"),
        })
        {
            var page = await HistoryAsync(user, peer, HistorySide.Before);
            Assert.That(
                (page.Messages.Count, page.Head.Value, page.KeptFrom.Value), Is.EqualTo((0, 0, 1)), $"{user} and {peer}");
        }

        Assert.That((await ConversationsAsync("nobody")).Conversations, Is.Empty);
        Assert.That((await ConversationsAsync("carol")).Conversations, Is.Empty);
        Assert.That((await ConversationsAsync("alice", after: "nobody")).Conversations, Is.Empty);
    }

    [TestCase(false)]
    [TestCase(true)]
    [Protocol("12.12", "12.13", "12.14")]
    public async Task Conversations_say_how_they_stand_those_that_began_last_first(bool reopened)
    {
        using (var alice = await DeviceAsync("alice/phone"))
        using (var bob = await DeviceAsync("bob/phone"))
        using (var carol = await DeviceAsync("carol/phone"))
        {
            for (var i = 1; i <= 60; i++)
                await alice.SendAsync("bob", $"to-bob-{i}");
            await carol.SendAsync("bob", "from-carol");
            await bob.SendAsync("bob", "note");
            await bob.SendAsync("alice", "from-bob");
            for (var i = 61; i <= 63; i++)
                await alice.SendAsync("bob", $"to-bob-{i}");
            await alice.SendAsync("carol", "none of bob's");
            await bob.AcknowledgeAsync(50);
            await bob.MarkReadAsync("alice", upTo: 40);
            await alice.AcknowledgeAsync(61);
        }

        if (reopened)
            await ReopenAsync();
        var expected = new[]
        {
            "bob: 1 from 1, note #1, 0 unread, own 0 0, others 0 0",
            "carol: 1 from 1, from-carol #1, 1 unread, own 0 0, others 0 0",
            "alice: 64 from 1, to-bob-63 #64, 23 unread, own 50 40, others 61 0",
        };
        Assert.That((await ConversationsAsync("bob")).Conversations.Select(Describe), Is.EqualTo(expected));
        Assert.That(
            (await ConversationsAsync("bob", maxUnread: 5)).Conversations.Select(one => one.Unread),
            Is.EqualTo(new[] { 0, 1, 5 }));
        Assert.That(
            (await ConversationsAsync("alice")).Conversations.Select(Describe),
            Is.EqualTo(new[]
            {
                "carol: 1 from 1, none of bob's #1, 0 unread, own 0 0, others 0 0",
                "bob: 64 from 1, to-bob-63 #64, 1 unread, own 61 0, others 50 40",
            }));

        var paged = new List<string>();
        for (var after = ""; ;)
        {
            var page = await ConversationsAsync("bob", after, max: 1);
            paged.AddRange(page.Conversations.Select(Describe));
            Assert.That(page.HasMore, Is.EqualTo(paged.Count < 3));
            if (!page.HasMore)
                break;
            after = page.Conversations[^1].Peer;
        }

        Assert.That(paged, Is.EqualTo(expected));
        var small = await ConversationsAsync("bob", maxBytes: 1);
        Assert.That((small.Conversations.Count, small.HasMore), Is.EqualTo((1, true)), "one may always be there");
    }

    [TestCase(false)]
    [TestCase(true)]
    [Protocol("12.14")]
    public async Task Unread_counts_are_the_users_whichever_device_reads(bool folded)
    {
        const int Count = 60;
        using (var alice = await DeviceAsync("alice/phone"))
        using (var bob = await DeviceAsync("bob/phone"))
        {
            for (var i = 1; i <= Count; i++)
                await alice.SendAsync("bob", $"m-{i}");
            await bob.SendAsync("alice", "none of his own is unread");
            await bob.AcknowledgeAsync(Count);
        }

        await CheckAsync(Count);
        foreach (var (name, upTo) in new[] { ("bob/phone", 7), ("bob/laptop", 41), ("bob/phone", 20), ("bob/tablet", 59), ("bob/laptop", 61) })
        {
            using (var device = await DeviceAsync(name))
                await device.MarkReadAsync("alice", upTo: upTo);
            var most = Math.Max(upTo, upTo == 20 ? 41 : 0);
            await CheckAsync(Math.Max(0, Count - most));
        }

        using (var alice = await DeviceAsync("alice/phone"))
            await alice.SendAsync("bob", "later");
        await CheckAsync(1);

        async Task CheckAsync(int unread)
        {
            if (folded)
                await FoldAsync();
            Assert.That(await UnreadAsync(), Is.EqualTo(unread));
            await ReopenAsync();
            Assert.That(await UnreadAsync(), Is.EqualTo(unread), "opened again");
        }

        async Task<int> UnreadAsync() => (await ConversationsAsync("bob")).Conversations.Single().Unread;
    }

    [TestCase(false)]
    [TestCase(true)]
    [Protocol("12.17")]
    public async Task A_removed_device_reads_no_history_and_every_other_does(bool folded)
    {
        using (await BobWithMessagesAsync(2))
        using (await DeviceAsync("bob/laptop"))
            await DoAsync(new RevokeDevice(BobsPhone, "phone"));
        for (var i = 0; i < 3; i++)
        {
            if (folded)
                await FoldAsync();
            foreach (var (name, isRemoved) in new[] { ("phone", true), ("laptop", false), ("unknown", false) })
            {
                var device = BobsPhone with { Device = name };
                var page = await ledger.ReadHistoryAsync(
                    new HistoryQuery(device, "alice", HistorySide.Before, UserOffset.None, 9, Megabyte), CancellationToken.None);
                var list = await ledger.ReadConversationsAsync(
                    new ConversationQuery(device, "", 9, Megabyte, 9), CancellationToken.None);
                Assert.That((page?.Messages.Count, list?.Conversations.Count), isRemoved ? Is.EqualTo(((int?)null, (int?)null)) : Is.EqualTo(((int?)2, (int?)1)), name);
            }

            var alices = await HistoryAsync("alice", "bob", HistorySide.Before);
            Assert.That(alices.Messages, Has.Count.EqualTo(2), "her phone is another one");
            await ReopenAsync();
        }
    }

    [Test]
    [Protocol("12.14")]
    public async Task Unread_counts_are_right_wherever_the_read_stands()
    {
        const int Count = 60;
        using var alice = await DeviceAsync("alice/phone");
        using var bob = await DeviceAsync("bob/phone");
        for (var i = 1; i <= Count; i++)
            await alice.SendAsync("bob", $"m-{i}");
        for (var read = 0; read <= Count; read += 6)
        {
            if (read > 0)
                await bob.MarkReadAsync("alice", upTo: read);
            var standing = (await ConversationsAsync("bob")).Conversations.Single();
            Assert.That(standing.Unread, Is.EqualTo(Count - read));
        }
    }

    private async Task<HistoryPage> HistoryAsync(
        string user, string peer, HistorySide side, int bound = 0, int max = 50, int maxBytes = Megabyte)
    {
        var query = new HistoryQuery(new Party(user, "any"), peer, side, new UserOffset(bound), max, maxBytes);
        return (await ledger.ReadHistoryAsync(query, CancellationToken.None).InTime($"a page {side} {bound}"))!;
    }

    private async Task<ConversationPage> ConversationsAsync(
        string user, string after = "", int max = 50, int maxBytes = Megabyte, int maxUnread = 1_000)
    {
        var query = new ConversationQuery(new Party(user, "any"), after, max, maxBytes, maxUnread);
        return (await ledger.ReadConversationsAsync(query, CancellationToken.None).InTime("a page of conversations"))!;
    }

    private async Task<List<QueueEntry>> ForthAsync(string user, string peer, int size)
    {
        var all = new List<QueueEntry>();
        while (true)
        {
            var page = await HistoryAsync(user, peer, HistorySide.After, all.Count == 0 ? 0 : OffsetOf(all[^1]), size);
            if (page.Messages.Count == 0)
                return all;
            all.AddRange(page.Messages);
        }
    }

    private async Task<List<QueueEntry>> BackAsync(string user, string peer, int size)
    {
        var all = new List<QueueEntry>();
        for (var before = 0; before != 1; before = OffsetOf(all[0]))
        {
            var page = await HistoryAsync(user, peer, HistorySide.Before, before, size);
            if (page.Messages.Count == 0)
                break;
            all.InsertRange(0, page.Messages);
        }

        return all;
    }

    private static int OffsetOf(QueueEntry entry) => ((MessageRecord)entry.Record).UserOffset.Value;

    private static string Place(QueueEntry entry) => $"{((MessageRecord)entry.Record).Id} #{OffsetOf(entry)}";

    private static string Describe(ConversationSummary one) =>
        $"{one.Peer}: {one.Head} from {one.KeptFrom}, {(one.Last is { } last ? Place(last) : "emptied")}, {one.Unread} unread, "
        + $"own {one.Own.Received} {one.Own.Read}, others {one.Others.Received} {one.Others.Read}";
}
