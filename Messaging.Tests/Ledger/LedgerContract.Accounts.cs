using Messaging.Service.Ledger;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>Protocol §11: blocks, labels and revocations.</summary>
public abstract partial class LedgerContract
{
    private static readonly Party AlicesPhone = new("alice", "phone");
    private static readonly Party BobsPhone = new("bob", "phone");

    [Test]
    [Protocol("11.14", "11.16")]
    public async Task A_blocked_user_cannot_write_and_the_others_can()
    {
        using var alice = await DeviceAsync("alice/phone");
        using var carol = await DeviceAsync("carol/phone");
        using var bob = await DeviceAsync("bob/phone");
        Assert.That((await DoAsync(new BlockUser(BobsPhone, "alice"))).Settlement, Is.EqualTo(Settlement.Recorded));

        Assert.That((await alice.SendAsync("bob", "m-1")).Settlement, Is.EqualTo(Settlement.NotPermitted));
        Assert.That((await alice.SendAsync("carol", "m-2")).Settlement, Is.EqualTo(Settlement.Recorded));
        Assert.That((await carol.SendAsync("bob", "m-1")).Settlement, Is.EqualTo(Settlement.Recorded));
        Assert.That((await bob.SendAsync("alice", "m-1")).Settlement, Is.EqualTo(Settlement.Recorded), "only one way");
        Assert.That(bob.Stream.Head, Is.EqualTo(new SignalOffset(2)));
        Assert.That((bob.Stream.HasBlocked("alice"), bob.Stream.HasBlocked("carol")), Is.EqualTo((true, false)));
    }

    [Test]
    [Protocol("11.15")]
    public async Task A_block_holds_for_what_is_handed_over_after_it_and_for_nothing_before()
    {
        using var alice = await DeviceAsync("alice/phone");
        var work = new List<SendMessage>();
        for (var i = 0; i < 40; i++)
            work.Add(await alice.HandOverAsync(alice.Message("bob", $"m-{i}")));
        await HandOverAsync(new BlockUser(BobsPhone, "alice"));
        for (var i = 40; i < 80; i++)
            work.Add(await alice.HandOverAsync(alice.Message("bob", $"m-{i}")));
        await HandOverAsync(new UnblockUser(BobsPhone, "alice"));
        work.Add(await alice.VisibleAsync(alice.Message("bob", "m-80")));

        Assert.That(work.Take(40).Select(one => one.Settlement), Is.All.EqualTo(Settlement.Recorded));
        Assert.That(work.Skip(40).Take(40).Select(one => one.Settlement), Is.All.EqualTo(Settlement.NotPermitted));
        Assert.That((work[^1].Settlement, work[^1].UserOffset.Value), Is.EqualTo((Settlement.Recorded, 41)));
    }

    [Test]
    [Protocol("4.37", "4.39", "11.17", "11.18")]
    public async Task What_was_accepted_before_a_block_is_repeated_delivered_and_read_as_before()
    {
        using var bob = await BobWithMessagesAsync(2);
        using var alice = await DeviceAsync("alice/phone");
        await DoAsync(new BlockUser(BobsPhone, "alice"));

        Assert.That((await alice.SendAsync("bob", "m-1")).Settlement, Is.EqualTo(Settlement.Repeated));
        Assert.That((await alice.SendAsync("bob", "m-1", "other")).Settlement, Is.EqualTo(Settlement.IdTaken));
        Assert.That((await alice.SendAsync("bob", "m-3")).Settlement, Is.EqualTo(Settlement.NotPermitted));
        Assert.That((await bob.AcknowledgeAsync(1)).Settlement, Is.EqualTo(Settlement.Recorded));
        Assert.That((await bob.MarkReadAsync("alice", upTo: 2)).Settlement, Is.EqualTo(Settlement.Recorded));
        Assert.That((await alice.DescribeAsync(4))[2..], Is.EqualTo(new[]
        {
            "3 Received bob/phone #1 about m-1",
            "4 Read bob/phone #2 about m-2",
        }));
    }

    [Test]
    [Protocol("11.19")]
    public async Task What_a_blocked_user_says_of_a_message_in_their_own_words_is_refused()
    {
        using var bob = await BobWithMessagesAsync(2);
        await bob.VisibleAsync(new ReportError(bob.Stream, "alice", "m-1", "no key"));
        await DoAsync(new BlockUser(AlicesPhone, "bob"));

        async Task<Settlement> ReportAsync(string id) =>
            (await bob.VisibleAsync(new ReportError(bob.Stream, "alice", id, "words"))).Settlement;
        Assert.That(await ReportAsync("m-1"), Is.EqualTo(Settlement.Recorded), "it was said before");
        Assert.That(await ReportAsync("m-2"), Is.EqualTo(Settlement.NotPermitted));
        Assert.That(await ReportAsync("nothing"), Is.EqualTo(Settlement.NotFound));
        Assert.That((await bob.MarkReadAsync("alice", upTo: 2)).SignalOffset, Is.EqualTo(new SignalOffset(3)));
    }

    [Test]
    [Protocol("11.12", "11.13", "11.22", "11.23")]
    public async Task Blocks_are_listed_in_order_and_in_pages_and_survive_reopening()
    {
        string[] names = ["\u200fright", "it's", "bob", "B\"ob", "Zoë", "\U0001f600"];
        foreach (var name in names)
            Assert.That((await DoAsync(new BlockUser(AlicesPhone, name))).Settlement, Is.EqualTo(Settlement.Recorded));
        await DoAsync(new BlockUser(AlicesPhone, "bob"));
        await DoAsync(new UnblockUser(AlicesPhone, "it's"));
        await DoAsync(new UnblockUser(AlicesPhone, "nobody"));
        await DoAsync(new BlockUser(AlicesPhone, "carol"));
        await DoAsync(new UnblockUser(AlicesPhone, "carol"));
        var left = names.Where(name => name != "it's").Order(StringComparer.Ordinal).ToArray();

        for (var i = 0; i < 3; i++)
        {
            Assert.That(await BlockedAsync(AlicesPhone, 1_000), Is.EqualTo(left));
            Assert.That(await BlockedAsync(AlicesPhone, 2), Is.EqualTo(left));
            Assert.That(await BlockedAsync(BobsPhone, 2), Is.Empty);
            await ReopenAsync();
            await FoldAsync();
        }
    }

    [Test]
    [Protocol("11.14")]
    public async Task A_block_counts_after_reopening()
    {
        await DoAsync(new BlockUser(BobsPhone, "alice"));
        for (var i = 0; i < 3; i++)
        {
            await ReopenAsync();
            using var alice = await DeviceAsync("alice/phone");
            Assert.That((await alice.SendAsync("bob", "m")).Settlement, Is.EqualTo(Settlement.NotPermitted));
            await FoldAsync();
        }

        await DoAsync(new UnblockUser(BobsPhone, "alice"));
        await ReopenAsync();
        using var again = await DeviceAsync("alice/phone");
        Assert.That((await again.SendAsync("bob", "m")).UserOffset, Is.EqualTo(new UserOffset(1)));
    }

    [Test]
    [Protocol("11.24")]
    public async Task No_more_users_are_blocked_than_may_be()
    {
        BlockUser last = null!;
        for (var i = 0; i < 1_000; i++)
            last = await HandOverAsync(new BlockUser(AlicesPhone, $"user-{i}"));
        await last.Settled.InTime("the last is settled");
        Assert.That(last.Settlement, Is.EqualTo(Settlement.Recorded));

        Assert.That((await DoAsync(new BlockUser(AlicesPhone, "one more"))).Settlement, Is.EqualTo(Settlement.TooMany));
        Assert.That((await DoAsync(new BlockUser(AlicesPhone, "user-7"))).Settlement, Is.EqualTo(Settlement.Recorded));
        await DoAsync(new UnblockUser(AlicesPhone, "user-7"));
        Assert.That((await DoAsync(new BlockUser(AlicesPhone, "one more"))).Settlement, Is.EqualTo(Settlement.Recorded));
    }

    [Test]
    [Protocol("11.2", "11.3", "11.4", "11.5")]
    public async Task Devices_are_listed_as_they_stand()
    {
        var start = time.Milliseconds;
        using var bob = await BobWithMessagesAsync(3);
        time.Advance(TimeSpan.FromMinutes(1));
        using (await DeviceAsync("bob/laptop", startAtHead: true))
        {
        }

        await DoAsync(new NameDevice(BobsPhone, "laptop", "Bob's \u200f\"work\" one"));
        time.Advance(TimeSpan.FromMinutes(1));
        await bob.AcknowledgeAsync(2);
        DeviceSummary[] expected =
        [
            new("laptop", "Bob's \u200f\"work\" one", start + 60_000, start + 60_000, false, new SignalOffset(3)),
            new("phone", "", start, start + 120_000, true, new SignalOffset(2)),
        ];

        var list = await DoAsync(new ListDevices(BobsPhone, "", 10));
        Assert.That(list.Devices, Is.EqualTo(expected));
        Assert.That((list.HasMore, list.Head), Is.EqualTo((false, new SignalOffset(3))));
        var first = await DoAsync(new ListDevices(BobsPhone, "", 1));
        Assert.That((first.Devices, first.HasMore), Is.EqualTo((expected[..1], true)));
        Assert.That((await DoAsync(new ListDevices(BobsPhone, "laptop", 1))).Devices, Is.EqualTo(expected[1..]));
        Assert.That((await DoAsync(new ListDevices(new Party("nobody", "phone"), "", 10))).Devices, Is.Empty);

        for (var i = 0; i < 2; i++)
        {
            await ReopenAsync();
            expected[1] = expected[1] with { IsConnected = false };
            Assert.That((await DoAsync(new ListDevices(BobsPhone, "", 10))).Devices, Is.EqualTo(expected));
            await FoldAsync();
        }
    }

    [Test]
    [Protocol("11.6", "11.7")]
    public async Task A_device_that_is_removed_hears_of_it_and_does_nothing_more()
    {
        using var bob = await BobWithMessagesAsync(2);
        using var laptop = await DeviceAsync("bob/laptop");
        var acknowledged = await bob.HandOverAsync(new Acknowledge(bob.Stream, new SignalOffset(1)));
        Assert.That((await DoAsync(new RevokeDevice(new Party("bob", "laptop"), "phone"))).Settlement, Is.EqualTo(Settlement.Recorded));
        await bob.Listener.Revoked.InTime("the stream hears that its device was removed");

        Assert.That(acknowledged.Settlement, Is.EqualTo(Settlement.Recorded), "it came before");
        var work = new Submission[]
        {
            await bob.HandOverAsync(bob.Message("alice", "late")),
            await bob.HandOverAsync(new Acknowledge(bob.Stream, new SignalOffset(2))),
        };
        await laptop.AcknowledgeAsync(1);
        Assert.That(work.Select(one => one.Settlement), Is.All.EqualTo(Settlement.Superseded));
        Assert.That(laptop.Listener.Revoked.IsCompleted, Is.False);
        Assert.That((await laptop.QueueAsync()).Select(entry => entry.State), Is.EqualTo(new[] { MessageState.Received, MessageState.Sent }));
        Assert.That(laptop.Stream.Head, Is.EqualTo(new SignalOffset(2)));
    }

    [Test]
    [Protocol("11.8", "11.9", "11.10")]
    public async Task A_removed_device_opens_no_stream_and_changes_no_account_also_after_reopening()
    {
        using (await BobWithMessagesAsync(2))
            await DoAsync(new RevokeDevice(BobsPhone, "phone"));
        for (var i = 0; i < 3; i++)
        {
            var refused = await DeviceAsync("bob/phone", position: i * 100);
            Assert.That((refused.Opening.Settlement, refused.Opening.Stream), Is.EqualTo((Settlement.Revoked, (ILedgerStream?)null)));
            foreach (var work in (AccountWork[])
                [
                    new BlockUser(BobsPhone, "alice"), new UnblockUser(BobsPhone, "alice"), new ListBlocked(BobsPhone, "", 1),
                    new NameDevice(BobsPhone, "phone", "x"), new RevokeDevice(BobsPhone, "phone"), new ListDevices(BobsPhone, "", 1),
                ])
                Assert.That((await DoAsync(work)).Settlement, Is.EqualTo(Settlement.Revoked), work.ToString());

            var laptop = new Party("bob", $"laptop-{i}");
            using var other = await DeviceAsync($"bob/laptop-{i}");
            Assert.That(await other.QueueAsync(), Has.Count.EqualTo(2));
            Assert.That((await DoAsync(new RevokeDevice(laptop, "phone"))).Settlement, Is.EqualTo(Settlement.Recorded), "once more");
            Assert.That((await DoAsync(new NameDevice(laptop, "phone", "x"))).Settlement, Is.EqualTo(Settlement.NotFound));
            Assert.That(
                (await DoAsync(new ListDevices(laptop, "", 9))).Devices.Select(device => device.Name), Has.None.EqualTo("phone"));
            await ReopenAsync();
            await FoldAsync();
        }
    }

    [Test]
    [Protocol("11.1", "11.11")]
    public async Task What_is_done_to_a_device_is_done_to_the_callers_own()
    {
        using var alice = await DeviceAsync("alice/phone");
        using var bob = await DeviceAsync("bob/laptop");
        Assert.That((await DoAsync(new RevokeDevice(AlicesPhone, "laptop"))).Settlement, Is.EqualTo(Settlement.NotFound));
        Assert.That((await DoAsync(new NameDevice(AlicesPhone, "laptop", "x"))).Settlement, Is.EqualTo(Settlement.NotFound));
        Assert.That((await DoAsync(new RevokeDevice(new Party("nobody", "x"), "x"))).Settlement, Is.EqualTo(Settlement.NotFound));
        Assert.That((await bob.SendAsync("alice", "m")).Settlement, Is.EqualTo(Settlement.Recorded));
        Assert.That((await DoAsync(new ListDevices(BobsPhone, "", 9))).Devices.Single().Label, Is.Empty);
    }

    [Test]
    [Protocol("11.25")]
    public async Task No_more_devices_are_registered_than_a_user_may_have()
    {
        for (var i = 0; i < 64; i++)
        {
            using var device = await DeviceAsync($"alice/{i}");
            Assert.That(device.Opening.Settlement, Is.EqualTo(Settlement.Recorded));
        }

        await ReopenAsync();
        var refused = await DeviceAsync("alice/one more");
        Assert.That((refused.Opening.Settlement, refused.Opening.Stream), Is.EqualTo((Settlement.TooMany, (ILedgerStream?)null)));
        using (await DeviceAsync("bob/phone"))
        using (await DeviceAsync("alice/7"))
            await DoAsync(new RevokeDevice(new Party("alice", "7"), "3"));
        using var taken = await DeviceAsync("alice/one more");
        Assert.That(taken.Opening.Settlement, Is.EqualTo(Settlement.Recorded));
        Assert.That((await DeviceAsync("alice/and another")).Opening.Settlement, Is.EqualTo(Settlement.TooMany));
    }

    private async Task<T> DoAsync<T>(T work)
        where T : AccountWork
    {
        await HandOverAsync(work);
        await work.Settled.InTime($"{work} is settled");
        return work;
    }

    private async Task<T> HandOverAsync<T>(T work)
        where T : Submission
    {
        await ledger.SubmitAsync(work, CancellationToken.None).InTime($"{work} is handed over");
        return work;
    }

    /// <summary>So much else happens that what was before is in the tables alone, where little is kept in memory.</summary>
    private async Task FoldAsync()
    {
        for (var i = 0; i < 40; i++)
        {
            using var other = await DeviceAsync($"other-{i}/phone");
        }
    }

    private async Task<List<string>> BlockedAsync(Party caller, int most)
    {
        var names = new List<string>();
        ListBlocked page;
        do
        {
            page = await DoAsync(new ListBlocked(caller, names.LastOrDefault() ?? "", most));
            names.AddRange(page.Users);
        }
        while (page.HasMore);
        return names;
    }
}
