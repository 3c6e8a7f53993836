using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Ledger.Sqlite.Verifying;
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
        await using (var ledger = await OpenAsync(new() { Bytes = 1 << 40 }))
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

    private Task<SqliteLedger> OpenAsync(RetentionOptions retention) => SqliteLedger.OpenAsync(
        new LedgerOptions
        {
            Path = FilePath, TailRows = 16, ScrubRows = 0, Retention = retention with { BetweenWalks = TimeSpan.Zero },
        },
        time, NullLogger<SqliteLedger>.Instance);

    private Task EmptiedAsync(int count) => Wait.Eventually(
        $"{count} bodies are gone, and no more", () => LedgerEdit.Ask(FilePath, Emptied) == count);

    private void RequireWell()
    {
        var report = Verification.Run(FilePath, isHeadCompared: true);
        Assert.That(report.Findings, Is.Empty);
    }
}
