using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Ledger.Sqlite.Retaining;
using Messaging.Service.Ledger.Sqlite.Verifying;
using Messaging.Tests.Operations;
using Messaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>What retention removes, what it leaves, and that the ledger stays sound.</summary>
[TestFixture]
public sealed class RetentionTests
{
    private const string Emptied = "SELECT count(*) FROM journal WHERE kind = 1 AND body IS NULL";

    private readonly ServerTime time = new();
    private TemporaryFolder folder = null!;

    private string FilePath => folder.File("ledger.db");

    [SetUp]
    public void Begin() => folder = TemporaryFolder.Create();

    [TearDown]
    public void End() => folder.Dispose();

    [Test]
    public async Task What_every_device_has_acknowledged_goes_when_it_is_old_enough()
    {
        await using (var ledger = await OpenAsync(new() { Age = TimeSpan.FromDays(1) }))
        {
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            using var bob = await LedgerDevice.OpenAsync(ledger, "bob/phone");
            for (var i = 1; i <= 10; i++)
                await alice.SendAsync("bob", $"m{i}");
            await bob.AcknowledgeAsync(6);
            await alice.AcknowledgeAsync(alice.Stream.Head.Value);
            time.Advance(TimeSpan.FromDays(2));
            await EmptiedAsync(6);
            await bob.AcknowledgeAsync(8);
            time.Advance(TimeSpan.FromDays(2));
            await EmptiedAsync(8);
        }

        RequireWell();
    }

    [Test]
    public async Task A_device_that_never_came_back_holds_messages_until_their_last_age()
    {
        await using (var ledger = await OpenAsync(new() { Age = TimeSpan.FromDays(1), UndeliveredAge = TimeSpan.FromDays(30) }))
        {
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            await alice.SendAsync("bob", "m1");
            await alice.SendAsync("alice", "note");
            await alice.AcknowledgeAsync(2);
            time.Advance(TimeSpan.FromDays(29));
            await EmptiedAsync(1); // the note
            time.Advance(TimeSpan.FromDays(2));
            await EmptiedAsync(2);
        }

        RequireWell();
    }

    [Test]
    public async Task A_device_that_was_not_seen_for_long_holds_nothing_back()
    {
        await using (var ledger = await OpenAsync(new() { Age = TimeSpan.FromDays(1), DeviceAge = TimeSpan.FromDays(10) }))
        {
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            using var bob = await LedgerDevice.OpenAsync(ledger, "bob/phone");
            using (await LedgerDevice.OpenAsync(ledger, "bob/tablet"))
            {
            }

            await alice.SendAsync("bob", "m1");
            await alice.SendAsync("alice", "note");
            await bob.AcknowledgeAsync(1);
            await alice.AcknowledgeAsync(alice.Stream.Head.Value);
            time.Advance(TimeSpan.FromDays(9));
            await EmptiedAsync(1); // the note
            time.Advance(TimeSpan.FromDays(2));
            await EmptiedAsync(2);
        }

        RequireWell();
    }

    [Test]
    public async Task The_oldest_go_where_there_are_too_many_bytes_and_the_file_shrinks()
    {
        await using (var ledger = await OpenAsync(new() { Bytes = 1L << 40 }))
        {
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            for (var i = 1; i <= 300; i++)
                await alice.SendAsync("bob", $"m{i}", new string('x', 30_000));
        }

        var before = new FileInfo(FilePath).Length;
        await using (await OpenAsync(new() { Bytes = 300_000 }))
        {
            await Wait.Eventually("the oldest are gone", () => LedgerEdit.Ask(FilePath, "SELECT coalesce(sum(body_bytes), 1 << 40) FROM retention") <= 300_000
                && LedgerEdit.Ask(FilePath, Emptied) > 200);
            await Wait.Eventually("pages go back", () => LedgerEdit.Ask(FilePath, "PRAGMA freelist_count") < 400);
        }

        Assert.That(new FileInfo(FilePath).Length, Is.LessThan(before / 2));
        Assert.That(
            LedgerEdit.Ask(FilePath, "SELECT max(seq) FROM journal WHERE kind = 1 AND body IS NULL"),
            Is.LessThan(LedgerEdit.Ask(FilePath, "SELECT min(seq) FROM journal WHERE kind = 1 AND body IS NOT NULL")));
        RequireWell();
    }

    [Test]
    public async Task A_repeat_of_a_message_that_is_gone_gets_its_first_answer()
    {
        await using var ledger = await OpenAsync(new() { UndeliveredAge = TimeSpan.FromDays(1) });
        using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
        var first = await alice.SendAsync("bob", "m1");
        time.Advance(TimeSpan.FromDays(2));
        await EmptiedAsync(1);

        var again = await alice.SendAsync("bob", "m1");
        Assert.That(again.Settlement, Is.EqualTo(Settlement.Repeated));
        Assert.That(again.UserOffset, Is.EqualTo(first.UserOffset));
        var other = await alice.SendAsync("bob", "m1", "something else");
        Assert.That(other.Settlement, Is.EqualTo(Settlement.IdTaken));
    }

    [TestCase("UPDATE journal SET body = NULL WHERE id = 'm2'")]
    [TestCase("UPDATE retention SET removed = removed + 1")]
    [TestCase("UPDATE retention SET body_bytes = body_bytes - 1")]
    public async Task A_body_that_is_gone_otherwise_is_found(string damage)
    {
        await using (var ledger = await OpenAsync(new() { UndeliveredAge = TimeSpan.FromDays(1) }))
        {
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            await alice.SendAsync("bob", "m1");
            time.Advance(TimeSpan.FromDays(2));
            await EmptiedAsync(1);
            await alice.SendAsync("bob", "m2");
        }

        RequireWell();
        LedgerEdit.Run(FilePath, damage);
        Assert.That(Verification.Run(FilePath, isHeadCompared: true).IsWell, Is.False);
    }

    [Test]
    public async Task What_a_report_says_goes_too_and_what_an_account_says_does_not()
    {
        await using (var ledger = await OpenAsync(new() { UndeliveredAge = TimeSpan.FromDays(1) }))
        {
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            using var bob = await LedgerDevice.OpenAsync(ledger, "bob/phone");
            await alice.SendAsync("bob", "m1");
            await bob.VisibleAsync(new ReportError(bob.Stream, "alice", "m1", "it does not open"));
            await DoAsync(ledger, new BlockUser(new Party("alice", "phone"), "mallory"));
            await DoAsync(ledger, new NameDevice(new Party("alice", "phone"), "phone", "her phone"));
            time.Advance(TimeSpan.FromDays(2));
            await EmptiedAsync(1);
            await Wait.Eventually("the report too", () => LedgerEdit.Ask(FilePath, "SELECT count(*) FROM journal WHERE kind = 7 AND body IS NULL") == 1);
        }

        RequireWell();
        await using (var ledger = await OpenAsync(new()))
        {
            var (blocked, devices) = (new ListBlocked(new Party("alice", "phone"), "", 10), new ListDevices(new Party("alice", "phone"), "", 10));
            await DoAsync(ledger, blocked);
            await DoAsync(ledger, devices);
            Assert.That(blocked.Users, Is.EqualTo(["mallory"]));
            Assert.That(devices.Devices.Single().Label, Is.EqualTo("her phone"));
        }
    }

    [Test]
    public async Task However_much_is_gone_a_queue_is_read_from_where_it_holds_something()
    {
        await using (var ledger = await OpenAsync(new() { UndeliveredAge = TimeSpan.FromDays(1) }))
        {
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            for (var i = 1; i <= 100; i++)
                await alice.SendAsync("bob", $"old-{i}");
            time.Advance(TimeSpan.FromDays(2));
            await EmptiedAsync(100);
            for (var i = 1; i <= 40; i++)
                await alice.SendAsync("bob", $"new-{i}");

            using var bob = await LedgerDevice.OpenAsync(ledger, "bob/phone");
            var page = await bob.Stream.ReadAsync(SignalOffset.None, 1, 1 << 20, CancellationToken.None).InTime("one page");
            Assert.That(((MessageRecord)page.Entries.Single().Record).Id, Is.EqualTo("new-1"), "one entry is enough to find it");
            Assert.That((await OldestRetained.BehindAsync(bob.Stream, SignalOffset.None, CancellationToken.None)).Value, Is.EqualTo(100));
            Assert.That((await bob.QueueAsync()).Select(entry => entry.Offset.Value), Is.EqualTo(Enumerable.Range(101, 40)));

            // Alice has receipts among hers, which stay.
            await bob.AcknowledgeAsync(140);
            Assert.That((await OldestRetained.BehindAsync(alice.Stream, SignalOffset.None, CancellationToken.None)).Value, Is.EqualTo(100));
        }

        RequireWell();
    }

    [Test]
    public async Task Whoever_comes_after_a_year_misses_nothing_that_is_kept_and_sees_no_hole()
    {
        await using (var ledger = await OpenAsync(new() { Age = TimeSpan.FromDays(30), DeviceAge = TimeSpan.FromDays(90) }))
        {
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            using var bob = await LedgerDevice.OpenAsync(ledger, "bob/phone");
            using (await LedgerDevice.OpenAsync(ledger, "bob/tablet"))
            {
            }

            for (var week = 1; week <= 52; week++)
            {
                await alice.SendAsync("bob", $"week-{week}");
                await bob.AcknowledgeAsync(bob.Stream.Head.Value);
                await alice.AcknowledgeAsync(alice.Stream.Head.Value);
                time.Advance(TimeSpan.FromDays(7));
            }

            await EmptiedAsync(48);
            using var tablet = await LedgerDevice.OpenAsync(ledger, "bob/tablet");
            Assert.That(tablet.Opening.Cursor, Is.EqualTo(SignalOffset.None));
            Assert.That((await tablet.QueueAsync()).Where(EntryFrames.HoldsSomething).Select(entry => entry.Offset.Value), Is.EqualTo([49, 50, 51, 52]));
        }

        RequireWell();
    }

    [Test]
    public async Task A_disk_that_takes_nothing_for_a_while_delays_it()
    {
        await using (var ledger = await OpenAsync(new() { UndeliveredAge = TimeSpan.FromDays(1) }))
        {
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            await alice.SendAsync("bob", "m1");
            using (var other = LedgerEdit.Open(FilePath))
            {
                LedgerEdit.Run(other, "BEGIN IMMEDIATE");
                time.Advance(TimeSpan.FromDays(2));
                var refused = await alice.SettledAsync(alice.Message("bob", "m2"));
                Assert.That(refused.Settlement, Is.EqualTo(Settlement.Unavailable));
            }

            await EmptiedAsync(1);
        }

        RequireWell();
    }

    [Test]
    public async Task Rot_that_it_comes_upon_is_left_and_told_and_the_service_goes_on()
    {
        await using (var ledger = await OpenAsync(new()))
        {
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            for (var i = 1; i <= 60; i++)
                await alice.SendAsync("bob", $"m{i}", new string('x', 500));
        }

        LedgerEdit.Run(FilePath, "UPDATE journal SET recorded_at = recorded_at + 1 WHERE id = 'm3'");
        time.Advance(TimeSpan.FromDays(2));
        var condition = new LedgerCondition();
        await using (var ledger = await OpenAsync(new() { UndeliveredAge = TimeSpan.FromDays(1) }, condition))
        {
            await EmptiedAsync(59);
            Assert.That(condition.Damage, Does.Contain("is not what was written"));
            Assert.That(LedgerEdit.Ask(FilePath, "SELECT body IS NULL FROM journal WHERE id = 'm3'"), Is.Zero);
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            Assert.That((await alice.SendAsync("bob", "next")).Settlement, Is.EqualTo(Settlement.Recorded));
        }
    }

    /// <summary>The writer meets what the look beforehand did not. SQLite then takes nothing more in that transaction.</summary>
    [Test]
    public async Task Pages_that_the_writer_can_not_use_end_retention_and_nothing_else()
    {
        await using (var ledger = await OpenAsync(new()))
        {
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            for (var i = 1; i <= 60; i++)
                await alice.SendAsync("bob", $"m{i}", new string('x', 500));
        }

        var root = LedgerEdit.Ask(FilePath, "SELECT rootpage FROM sqlite_schema WHERE name = 'emptied'");
        using (var file = new FileStream(FilePath, FileMode.Open))
        {
            file.Position = (root - 1) * TableDump.PageSize;
            file.Write(new byte[TableDump.PageSize]);
        }

        time.Advance(TimeSpan.FromDays(2));
        var condition = new LedgerCondition();
        await using (var ledger = await OpenAsync(new() { UndeliveredAge = TimeSpan.FromDays(1) }, condition))
        {
            await Wait.Eventually("it is told", () => condition.Damage is not null);
            Assert.That(LedgerEdit.Ask(FilePath, Emptied), Is.Zero, "the step was undone");
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            Assert.That((await alice.SendAsync("bob", "next")).Settlement, Is.EqualTo(Settlement.Recorded));
        }
    }

    [Test]
    public async Task A_ledger_from_before_keeps_its_pages_until_it_is_compacted()
    {
        await using (var ledger = await OpenAsync(new()))
        {
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            for (var i = 1; i <= 300; i++)
                await alice.SendAsync("bob", $"m{i}", new string('x', 30_000));
        }

        LedgerEdit.Run(FilePath, "PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM; PRAGMA journal_mode = WAL");
        var before = new FileInfo(FilePath).Length;
        await using (await OpenAsync(new() { Bytes = 300_000 }))
            await Wait.Eventually("the oldest are gone", () => LedgerEdit.Ask(FilePath, Emptied) > 250);
        Assert.That(new FileInfo(FilePath).Length, Is.EqualTo(before), "its pages are used again");

        var (code, output, error) = await Verb.RunAsync(FilePath, "ledger", "compact");
        Assert.That(code, Is.Zero, output + error);
        Assert.That(new FileInfo(FilePath).Length, Is.LessThan(before / 4));
        Assert.That(LedgerEdit.Ask(FilePath, "PRAGMA auto_vacuum"), Is.EqualTo(2), "and from now on they go by themselves");
        (code, output, error) = await Verb.RunAsync(FilePath, "ledger", "stats");
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("removed by retention"));
    }

    /// <summary>Emptied in place, each page would keep a third of what it had, and none would be free.</summary>
    [Test]
    public async Task Small_bodies_leave_whole_pages()
    {
        await FillAsync(2_000, new string('x', 300));
        var used = Used();
        await using (await OpenAsync(new() { UndeliveredAge = TimeSpan.FromDays(1) }))
        {
            time.Advance(TimeSpan.FromDays(2));
            await EmptiedAsync(2_000);
        }

        // A row without a body, its id in the index and its two entries are what is left.
        Assert.That(Used(), Is.LessThan(used * 0.55));
        RequireWell();

        long Used() => LedgerEdit.Ask(FilePath, "SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count");
    }

    /// <summary>Between two looks of one walk the last device acknowledges: what the walk has left behind still goes first.</summary>
    [Test]
    public async Task A_conversation_is_emptied_from_its_beginning()
    {
        await using (var ledger = await OpenAsync(new()))
        {
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            using var bob = await LedgerDevice.OpenAsync(ledger, "bob/phone");
            await alice.SendAsync("bob", "first");
            for (var i = 1; i <= 40; i++)
                await alice.SendAsync("alice", $"note-{i}");
            await alice.SendAsync("bob", "second");
            for (var i = 41; i <= 80; i++)
                await alice.SendAsync("alice", $"note-{i}");
            time.Advance(TimeSpan.FromDays(2));

            var removed = new List<long>();
            using var plan = new RetentionPlan(
                new() { Age = TimeSpan.FromDays(1), BetweenWalks = TimeSpan.Zero }, TimeSpan.Zero, LedgerFile.OpenReadOnly(FilePath), time, Assert.Fail);
            await Wait.Eventually("all of them are gone", async () =>
            {
                if (plan.Next(out _) is not { } step)
                    return false;
                await ledger.SubmitAsync(step, CancellationToken.None);
                await step.Settled.InTime("a step is done");
                plan.Done(step);
                removed.AddRange(step.Rows);
                if (removed.Count is >= 16 and < 40 && bob.Stream.Cursor.Value == 0)
                    await AcknowledgedAndFoldedAsync(ledger, alice, bob);
                return removed.Count == 82;
            });

            Assert.That(removed.IndexOf(RowOf("first")), Is.GreaterThan(15), "the walk had left it");
            Assert.That(removed.IndexOf(RowOf("second")), Is.GreaterThan(removed.IndexOf(RowOf("first"))));
        }

        RequireWell();

        long RowOf(string id) => LedgerEdit.Ask(FilePath, $"SELECT seq FROM journal WHERE id = '{id}'");
    }

    private async Task AcknowledgedAndFoldedAsync(SqliteLedger ledger, LedgerDevice alice, LedgerDevice bob)
    {
        await bob.AcknowledgeAsync(2);
        await alice.AcknowledgeAsync(alice.Stream.Head.Value);
        while (LedgerEdit.Ask(FilePath, "SELECT max(seq) - projected_seq FROM journal, ledger") > 0)
        {
            var fold = new RetentionStep(Standing()) { FoldsTail = true };
            await ledger.SubmitAsync(fold, CancellationToken.None);
            await fold.Settled.InTime("a slice is folded");
        }
    }

    private RetentionStanding Standing()
    {
        using var connection = LedgerEdit.Open(FilePath);
        return RetentionStanding.Read(connection.Handle!);
    }

    private async Task FillAsync(int messages, string text)
    {
        await using var ledger = await OpenAsync(new());
        using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
        var last = alice.Message("bob", "last", text);
        for (var i = 1; i < messages; i++)
            await alice.HandOverAsync(alice.Message("bob", $"{i:D6}", text));
        await alice.VisibleAsync(last);
    }

    private static async Task DoAsync(SqliteLedger ledger, AccountWork work)
    {
        await ledger.SubmitAsync(work, CancellationToken.None);
        await work.Settled.InTime($"{work} is settled");
    }

    private Task<SqliteLedger> OpenAsync(RetentionOptions retention, LedgerCondition? condition = null) => SqliteLedger.OpenAsync(
        new LedgerOptions
        {
            Path = FilePath, TailRows = 16, ScrubRows = 0, Retention = retention with { BetweenWalks = TimeSpan.Zero },
        },
        time, NullLogger<SqliteLedger>.Instance, condition);

    private Task EmptiedAsync(int count) => Wait.Eventually(
        $"{count} bodies are gone, and no more", () => LedgerEdit.Ask(FilePath, Emptied) == count);

    private void RequireWell()
    {
        var report = Verification.Run(FilePath, isHeadCompared: true);
        Assert.That(report.Findings, Is.Empty);
    }
}
