using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Ledger.Sqlite.Verifying;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Operations;

/// <summary>A verification finds nothing in a sound ledger, and everything that is wrong in another.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable(ParallelScope.All)]
public sealed class VerificationTests
{
    private static readonly string[] Tables =
        ["journal", "entry", "message", "remark", "user", "device", "conversation", "member", "block",
            "retention", "emptied", "ledger"];

    private SampleLedger sample = null!;

    [SetUp]
    public async Task Begin()
    {
        sample = await SampleLedger.CreateAsync();
        await sample.RetainAsync();
    }

    [TearDown]
    public void End() => sample.Dispose();

    [Test]
    public void A_sound_ledger_passes_with_all_its_tables()
    {
        var report = Verify(sample.FilePath);
        Assert.That(report.Findings, Is.Empty);
        Assert.That(report.IsWell, Is.True);
        Assert.That(report.Rows, Is.GreaterThan(100));
        Assert.That(report.Folded, Is.GreaterThan(50));
        Assert.That(report.Compared.Keys, Is.EquivalentTo(Tables.Except(["journal", "block", "retention", "emptied", "ledger"])));
        Assert.That(report.Compared.Values, Is.All.Positive);
    }

    [TestCase("UPDATE journal SET body = x'00' WHERE id = 'm7'", "journal 3")]
    [TestCase("UPDATE journal SET recorded_at = recorded_at + 1 WHERE id = 'm7'", "journal ")]
    [TestCase("DELETE FROM journal WHERE id = 'm7'", "stands behind row")]
    [TestCase("DELETE FROM entry WHERE signal_offset = 3", "entry 1,3: is missing; row")]
    [TestCase("UPDATE entry SET place = 1 - place WHERE signal_offset = 3", "entry 1,3: is not what row")]
    [TestCase("UPDATE entry SET author = 3 - author WHERE signal_offset = 3", "entry 2,3: is not what row")]
    [TestCase("INSERT INTO entry VALUES (1, 9999, 3, 0, NULL, NULL, NULL)", "entry 1,9999: no row")]
    [TestCase("DELETE FROM message WHERE user_offset = 3", "message 1,3: is missing; row")]
    [TestCase("DELETE FROM remark WHERE kind = 7", "is missing; row")]
    [TestCase("INSERT INTO remark VALUES (3, 1, 6)", "remark 3,1,6: no row")]
    [TestCase("UPDATE user SET head = head - 1 WHERE name = 'alice'", "user 1: head is")]
    [TestCase("UPDATE user SET settled = settled + 1000 WHERE name = 'bob'", "user 2: settled is")]
    [TestCase("UPDATE device SET cursor = cursor - 1 WHERE user = 2", "device 3: cursor is")]
    [TestCase("UPDATE device SET stream = 1 WHERE key = 3", "device 3: stream is")]
    [TestCase("UPDATE device SET user = 99 WHERE key = 3", "device 3: its user is missing")]
    [TestCase("UPDATE device SET created = created - 1 WHERE key = 3", "device 3: created is")]
    [TestCase("UPDATE device SET seen = seen + 1000000 WHERE key = 3", "device 3: seen is")]
    [TestCase("UPDATE device SET revoked = 1 WHERE key = 3", "device 3: revoked is")]
    [TestCase("UPDATE device SET label = 'another' WHERE key = 2", "device 2: its label is not")]
    [TestCase("UPDATE device SET label = 'any' WHERE key = 3", "device 3: its label is not")]
    [TestCase("DELETE FROM block WHERE user = 2", "block 2,blocked-3: is not")]
    [TestCase("INSERT INTO block VALUES (1, 'never')", "block 1,never: is not")]
    [TestCase("UPDATE conversation SET head = head - 1 WHERE key = 1", "conversation 1: head is")]
    [TestCase("UPDATE conversation SET members = '1,99' WHERE key = 1", "conversation 1: its members")]
    [TestCase("UPDATE member SET received = received - 1 WHERE conversation = 1 AND user = 2", "member 1,2: received is")]
    [TestCase("UPDATE member SET read = received + 1 WHERE conversation = 1 AND user = 2", "member 1,2: has read more than received")]
    [TestCase("DELETE FROM member WHERE conversation = 1 AND user = 2", "not one for each member of conversation 1")]
    [TestCase("UPDATE journal SET body = NULL WHERE id = 'm30'", "retention: ")]
    [TestCase("UPDATE journal SET body = NULL WHERE seq = (SELECT max(seq) FROM journal WHERE kind = 1)", "its body is missing")]
    [TestCase("UPDATE journal SET body = NULL WHERE kind = 10", "is not what was written")]
    [TestCase("UPDATE retention SET passed_seq = passed_seq + 1", "where retention stands is not what was written")]
    [TestCase("DELETE FROM retention", "its body is missing")]
    [TestCase("UPDATE emptied SET through = through + 1", "emptied 2: is not where")]
    [TestCase("UPDATE emptied SET through = through - 1", "emptied 2: is not where")]
    [TestCase("DELETE FROM emptied WHERE user = 2", "emptied 2: is missing")]
    [TestCase("UPDATE ledger SET projected_seq = 100000", "projected_seq is 100000")]
    [TestCase("UPDATE ledger SET epoch = 'another'", "head: the ledger has the epoch another")]
    public void What_contradicts_the_journal_is_named_with_its_row(string damage, string expected)
    {
        LedgerEdit.Run(sample.FilePath, damage);
        var report = Verify(sample.FilePath);
        Assert.That(report.IsWell, Is.False);
        Assert.That(report.Findings.Select(one => one.ToString()), Has.Some.Contains(expected));
    }

    /// <summary>
    /// Bits are flipped in the file, and plain SQL tells which of them are live: those by which some table reads otherwise
    /// than before, or no more. Each of those must be found; in the end each table has had some.
    /// </summary>
    [Test]
    public void Every_flipped_bit_that_some_table_shows_is_found()
    {
        const int most = 4_000;
        const int enough = 4;
        var random = Seed.Random();
        var sound = File.ReadAllBytes(sample.FilePath);
        var before = TableDump.Read(sample.FilePath);
        var roots = before.Roots;
        var path = sample.Copy("rotten.db");
        var shown = Tables.ToDictionary(table => table, _ => 0);
        var flips = 0;
        for (; flips < most && (flips < 400 || shown.Values.Any(count => count < enough)); flips++)
        {
            // Every other one where a small table is.
            var at = flips % 2 == 0
                ? random.Next(sound.Length)
                : ((int)(roots[flips / 2 % roots.Count] - 1) * TableDump.PageSize) + random.Next(TableDump.PageSize);
            var rotten = (byte[])sound.Clone();
            rotten[at] ^= (byte)(1 << random.Next(8));
            File.Delete(path + "-wal");
            File.Delete(path + "-shm");
            File.WriteAllBytes(path, rotten);

            var after = TableDump.Read(path);
            var changed = Tables.Where(table => after.Of(table) != before.Of(table)).ToList();
            if (changed.Count == 0 || IsHarmless(before, after, changed))
                continue;
            Assert.That(Verify(path).IsWell, Is.False, $"byte {at} is {rotten[at]:x2}, was {sound[at]:x2}: {string.Join(' ', changed)}");
            foreach (var table in changed)
                shown[table]++;
        }

        TestContext.Out.WriteLine($"{flips} flips, found in {string.Join(", ", shown)}");
        Assert.That(shown.Values, Is.All.GreaterThanOrEqualTo(enough));
    }

    [Test]
    public async Task A_ledger_that_is_served_and_folded_in_small_slices_passes_at_every_moment()
    {
        var options = SampleLedger.Options(sample.FilePath) with
        {
            HeadInterval = TimeSpan.FromMilliseconds(1), FoldSlice = TimeSpan.FromTicks(-1), Seams = new WriterSeams { WritesPerLook = 3 },
        };
        await using var ledger = await sample.OpenAsync(options: options);
        using var stopping = new CancellationTokenSource();
        var working = Task.Run(async () =>
        {
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            using var bob = await LedgerDevice.OpenAsync(ledger, "bob/phone");
            for (var i = 1_000; !stopping.IsCancellationRequested; i++)
            {
                await alice.SendAsync("bob", $"m{i}");
                await bob.AcknowledgeAsync(bob.Stream.Head.Value);
                if (i % 3 == 0)
                    await bob.MarkReadAsync("alice", $"m{i}");
                AccountWork work = (i % 4) switch
                {
                    0 => new BlockUser(new Party("bob", "phone"), $"blocked-{i % 3}"),
                    1 => new UnblockUser(new Party("bob", "phone"), $"blocked-{i % 3}"),
                    _ => new NameDevice(new Party("bob", "phone"), "phone", $"label {i}"),
                };
                await ledger.SubmitAsync(work, CancellationToken.None);
            }
        });
        // A slow disk takes a batch now and then: it must have been at work between them.
        const int enough = 10;
        var rows = new HashSet<long>();
        for (var times = 0; times < 40 || rows.Count <= enough; times++)
        {
            var report = Verify(sample.FilePath);
            Assert.That(report.Findings, Is.Empty);
            rows.Add(report.Rows);
            Assert.That(times, Is.LessThan(4_000), "it is at work");
        }

        await stopping.CancelAsync();
        await working.InTime("the work ends");
    }

    [Test]
    public void A_truncated_file_is_refused()
    {
        using (var file = new FileStream(sample.FilePath, FileMode.Open))
            file.SetLength(file.Length - (3 * TableDump.PageSize));
        Assert.That(Verify(sample.FilePath).Findings.Single().Text, Does.Contain("was cut off"));
        Assert.That(Assert.ThrowsAsync<LedgerUnusableException>(() => sample.OpenAsync()).Message, Does.Contain("was cut off"));
    }

    /// <summary>A power cut in the very first write leaves less of the file, and what it is to be rolled back to.</summary>
    [TestCase("-wal")]
    [TestCase("-journal")]
    public void A_file_that_its_log_is_to_make_whole_is_not_taken_for_truncated(string log)
    {
        using (var file = new FileStream(sample.FilePath, FileMode.Open))
            file.SetLength(file.Length - (3 * TableDump.PageSize));
        File.WriteAllText(sample.FilePath + log, "what it holds is for SQLite to say");
        Assert.That(() => LedgerFile.RequireWhole(sample.FilePath), Throws.Nothing);
    }

    [Test]
    public void A_zeroed_page_is_found()
    {
        using (var file = new FileStream(sample.FilePath, FileMode.Open))
        {
            file.Position = 5 * TableDump.PageSize;
            file.Write(new byte[TableDump.PageSize]);
        }

        Assert.That(Verify(sample.FilePath).IsWell, Is.False);
    }

    [Test]
    public async Task A_file_that_belongs_to_another_ledger_is_found()
    {
        using var other = await SampleLedger.CreateAsync(rounds: 41);
        SampleLedger.Copy(other.FilePath, sample.FilePath, isHeadCopied: false);
        Assert.That(Verify(sample.FilePath).Findings.Single().ToString(), Does.StartWith("head: the ledger has the epoch"));
    }

    [TestCase("")]
    [TestCase("nothing of ours")]
    public void A_file_that_is_no_ledger_is_refused(string content)
    {
        File.WriteAllText(sample.FilePath, content);
        Assert.That(Verify(sample.FilePath).IsWell, Is.False);
    }

    private static VerificationReport Verify(string path) => Verification.Run(path, isHeadCompared: true);

    /// <summary>
    /// A fold that is said to have come less far than it has is done again at the next start, and changes nothing.
    /// </summary>
    private static bool IsHarmless(TableDump before, TableDump after, List<string> changed) =>
        changed is ["ledger"] && after.Epoch == before.Epoch && after.Folded < before.Folded && after.Folded >= 0;
}
