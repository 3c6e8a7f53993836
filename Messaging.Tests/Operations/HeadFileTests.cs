using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Ledger.Sqlite.Upkeep;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Operations;

/// <summary>A ledger that went back in time is refused at start, by the head file beside it.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable(ParallelScope.All)]
public sealed class HeadFileTests
{
    private SampleLedger sample = null!;

    private string Head => LedgerHead.PathFor(sample.FilePath);

    [SetUp]
    public async Task Begin() => sample = await SampleLedger.CreateAsync(rounds: 20);

    [TearDown]
    public void End() => sample.Dispose();

    [Test]
    public async Task A_close_leaves_the_head_where_the_ledger_ends()
    {
        var before = LedgerHead.Read(sample.FilePath, out _)!;
        await sample.GoOnAsync(21, 1);
        var after = LedgerHead.Read(sample.FilePath, out _)!;
        Assert.That(after.Epoch, Is.EqualTo(before.Epoch));
        Assert.That(after.Sequence, Is.GreaterThan(before.Sequence));
        Assert.That(after.Sequence, Is.EqualTo(LedgerEdit.Ask(sample.FilePath, "SELECT max(seq) FROM journal")));
        Assert.That(after.Checksum, Is.EqualTo(LedgerEdit.Ask(sample.FilePath, "SELECT checksum FROM journal ORDER BY seq DESC LIMIT 1")));
    }

    [Test]
    public async Task While_it_is_served_the_head_follows_and_never_says_more_than_is_committed()
    {
        var options = SampleLedger.Options(sample.FilePath) with { HeadInterval = TimeSpan.FromMilliseconds(100) };
        await using var ledger = await sample.OpenAsync(options: options);
        using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
        var first = LedgerHead.Read(sample.FilePath, out _)!.Sequence;
        for (var i = 0; LedgerHead.Read(sample.FilePath, out _)!.Sequence < first + 100; i++)
        {
            await alice.SendAsync("bob", $"more-{i}").InTime("it is sent");
            var head = LedgerHead.Read(sample.FilePath, out _)!;
            Assert.That(
                LedgerEdit.Ask(sample.FilePath, $"SELECT count(*) FROM journal WHERE seq = {head.Sequence} AND checksum = {head.Checksum}"),
                Is.EqualTo(1));
        }
    }

    [Test]
    public async Task Yesterdays_copy_is_refused_until_it_is_accepted()
    {
        var yesterday = sample.Copy("yesterday.db");
        await sample.GoOnAsync(21, 5);
        SampleLedger.Copy(yesterday, sample.FilePath, isHeadCopied: false);

        var refused = Assert.ThrowsAsync<LedgerUnusableException>(() => sample.OpenAsync());
        Assert.That(refused.Message, Does.Contain("went back in time").And.Contain("ledger accept").And.Contain("ledger restore"));
        var verified = await Verb.RunAsync(sample.FilePath, "ledger", "verify");
        Assert.That(verified.Code, Is.EqualTo(1));
        Assert.That(verified.Output, Does.Contain("went back in time"));

        var before = LedgerHead.Read(sample.FilePath, out _)!.Epoch;
        var accepted = await Verb.RunAsync(sample.FilePath, "ledger", "accept");
        Assert.That(accepted.Code, Is.Zero, accepted.Error);
        await using var ledger = await sample.OpenAsync();
        Assert.That(ledger.Epoch, Is.Not.EqualTo(before));
    }

    [Test]
    public async Task A_copy_that_has_gone_on_by_itself_is_refused_though_it_is_as_long()
    {
        var yesterday = sample.Copy("yesterday.db");
        await sample.GoOnAsync(21, 5);
        SampleLedger.Copy(sample.FilePath, sample.File("today.db"));
        SampleLedger.Copy(yesterday, sample.FilePath);
        await sample.GoOnAsync(31, 9);
        File.Copy(LedgerHead.PathFor(sample.File("today.db")), Head, overwrite: true);

        var refused = Assert.ThrowsAsync<LedgerUnusableException>(() => sample.OpenAsync());
        Assert.That(refused.Message, Does.Contain("has another history"));
    }

    [Test]
    public async Task A_ledger_whose_log_was_deleted_is_refused()
    {
        // A process that was killed: the log holds what the file does not have.
        await using (var ledger = await sample.OpenAsync(options: SampleLedger.Options(sample.FilePath) with { CheckpointPages = 100_000 }))
        {
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            await alice.SendAsync("bob", "in the log");
            SampleLedger.Copy(sample.FilePath, sample.File("killed.db"), isHeadCopied: false);
        }

        Assert.That(new FileInfo(sample.File("killed.db-wal")).Length, Is.Positive);
        File.Copy(Head, LedgerHead.PathFor(sample.File("killed.db")));
        File.Delete(sample.File("killed.db-wal"));
        var refused = Assert.ThrowsAsync<LedgerUnusableException>(
            () => sample.OpenAsync(options: SampleLedger.Options(sample.File("killed.db"))));
        Assert.That(refused.Message, Does.Contain("went back in time"));
    }

    [Test]
    public void A_ledger_that_is_gone_is_not_begun_anew()
    {
        File.Delete(sample.FilePath);
        var refused = Assert.ThrowsAsync<LedgerUnusableException>(() => sample.OpenAsync());
        Assert.That(refused.Message, Does.Contain("is missing"));
        Assert.That(File.Exists(sample.FilePath), Is.False);
    }

    [Test]
    public void A_ledger_that_was_emptied_is_not_begun_anew()
    {
        File.WriteAllBytes(sample.FilePath, []);
        var refused = Assert.ThrowsAsync<LedgerUnusableException>(() => sample.OpenAsync());
        Assert.That(refused.Message, Does.Contain("is empty"));
    }

    [Test]
    public async Task Another_ledger_in_its_place_is_refused()
    {
        using var other = await SampleLedger.CreateAsync(rounds: 30);
        SampleLedger.Copy(other.FilePath, sample.FilePath, isHeadCopied: false);
        var refused = Assert.ThrowsAsync<LedgerUnusableException>(() => sample.OpenAsync());
        Assert.That(refused.Message, Does.Contain("has the epoch"));
    }

    [Test]
    [Protocol("2.31", "2.32")]
    public async Task One_that_went_back_with_its_head_is_shown_by_the_first_device_that_is_ahead_of_it()
    {
        var condition = new LedgerCondition();
        await using var ledger = await sample.OpenAsync(condition);
        using (await LedgerDevice.OpenAsync(ledger, "bob/phone", position: 1))
            Assert.That(condition.Doubt, Is.Null);
        using var ahead = await LedgerDevice.OpenAsync(ledger, "bob/phone", position: 1_000_000);
        Assert.That(ahead.Opening.Settlement, Is.EqualTo(Settlement.OutOfRange));
        Assert.That(condition.Doubt, Does.StartWith("bob/phone stood at 1000000"));
        Assert.That(condition.Damage, Is.Null, "any client can say so");
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("messaging-ledger-head e 1 2 3\n")]
    [TestCase("\u0000\u0000\u0000")]
    public async Task Without_a_head_that_can_be_believed_it_is_served_and_gets_one(string? content)
    {
        File.Delete(Head);
        if (content is not null)
            File.WriteAllText(Head, content);
        await using (await sample.OpenAsync())
        {
        }

        Assert.That(LedgerHead.Read(sample.FilePath, out var isGarbled), Is.Not.Null);
        Assert.That(isGarbled, Is.False);
    }

    [Test]
    public void Every_flipped_bit_in_a_head_is_noticed()
    {
        var sound = File.ReadAllBytes(Head);
        for (var bit = 0; bit < sound.Length * 8; bit++)
        {
            var rotten = (byte[])sound.Clone();
            rotten[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(Head, rotten);
            Assert.That(LedgerHead.Read(sample.FilePath, out var isGarbled), Is.Null, $"bit {bit}");
            Assert.That(isGarbled, Is.True);
        }
    }
}
