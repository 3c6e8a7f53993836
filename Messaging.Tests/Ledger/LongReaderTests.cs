using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Ledger.Sqlite.Upkeep;
using Messaging.Service.Ledger.Sqlite.Verifying;
using Messaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>Until a reader ends, the write-ahead log can't begin anew: none of ours goes on for ever.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LongReaderTests
{
    private const long Most = 8 << 20;

    private TemporaryFolder folder = null!;
    private SqliteLedger ledger = null!;
    private LedgerDevice alice = null!;
    private int sent;

    private string FilePath => folder.File("ledger.db");

    private long LogBytes => new FileInfo(FilePath + "-wal").Length;

    [SetUp]
    public async Task Begin()
    {
        folder = TemporaryFolder.Create();
        ledger = await SqliteLedger.OpenAsync(
            new LedgerOptions { Path = FilePath, CheckpointPages = 64, TailRows = 64 }, TimeProvider.System, NullLogger<SqliteLedger>.Instance);
        alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
        await FillAsync(() => sent == 100);
    }

    [TearDown]
    public async Task End()
    {
        alice.Dispose();
        await ledger.DisposeAsync();
        folder.Dispose();
    }

    [Test]
    public async Task A_device_that_reads_a_page_and_takes_no_other_does_not_hold_the_log()
    {
        using var bob = await LedgerDevice.OpenAsync(ledger, "bob/phone");
        var page = await bob.Stream.ReadAsync(SignalOffset.None, 2, 1 << 20, CancellationToken.None).InTime("a page");
        Assert.That(page.Entries, Has.Count.EqualTo(2), "there is more");
        await FillAsync(() => sent == 1_500);
        Assert.That(LogBytes, Is.LessThan(Most), "of 24 MB that went through it");
    }

    [Test]
    public async Task A_verb_that_reads_all_the_while_ends_when_the_log_gets_too_long()
    {
        using (var snapshot = LedgerSnapshot.Open(FilePath, Most))
        {
            using var endless = snapshot.Query(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n, (SELECT count(*) FROM journal)");
            var reading = Task.Run(() => endless.Step());
            await FillAsync(() => reading.IsCompleted);
            Assert.That(async () => await reading.InTime("the reading ends"), Throws.InstanceOf<LedgerFailureException>());
            Assert.That(snapshot.ThrowIfEnded, Throws.TypeOf<LogTooLongException>());
            Assert.That(LogBytes, Is.LessThan(3 * Most));
        }

        // And the log begins anew.
        var most = LogBytes;
        await FillAsync(() => sent % 1_000 == 0);
        Assert.That(LogBytes, Is.LessThanOrEqualTo(most + (1 << 20)));
    }

    [Test]
    public async Task Verify_stats_and_backup_say_why_they_gave_way_and_not_that_something_is_wrong()
    {
        // Longer than any of them will see it again.
        using var holding = LedgerEdit.Open(FilePath);
        LedgerEdit.Run(holding, "BEGIN; SELECT count(*) FROM journal");
        var log = new LogWatch(FilePath, LogBytes + Most);
        Assert.That(log.IsTooLong, Is.False);
        await FillAsync(log.IsTooLong);
        Assert.That(log.ThrowIfTooLong, Throws.TypeOf<LogTooLongException>().With.Message.Contains("Messaging:Ledger:ReaderLogBytes"));
        Assert.That(log.ThrowIfTooLong, Throws.InstanceOf<IOException>(), "which verbs tell as a sentence");
        using var target = TemporaryFolder.Create();
        Assert.That(
            LedgerBackup.Make(FilePath, target.File("backup.db"), isForced: false, progress: null, LogBytes, CancellationToken.None).IsWell, Is.True,
            "a log that was long before is no reason");
    }

    private async Task FillAsync(Func<bool> isEnough)
    {
        for (var i = 0; !isEnough(); i++)
        {
            Assert.That(i, Is.LessThan(20_000), "it never was enough");
            await alice.SendAsync("bob", $"m{++sent}", new string('x', 16_000));
        }
    }
}
