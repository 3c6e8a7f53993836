using Messaging.Service.Ledger.Sqlite;
using Messaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Judging;

/// <summary>The offline reading of a ledger finds nothing in a sound one, and what was damaged in another.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LedgerAuditTests
{
    private TemporaryFolder folder = null!;

    private string FilePath => folder.File("ledger.db");

    [SetUp]
    public async Task WriteALedger()
    {
        folder = TemporaryFolder.Create();
        // So few rows in the tail that most are folded.
        await using var ledger = await SqliteLedger.OpenAsync(
            new LedgerOptions { Path = FilePath, TailRows = 16 }, TimeProvider.System, NullLogger<SqliteLedger>.Instance);
        using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
        using var bob = await LedgerDevice.OpenAsync(ledger, "bob/phone");
        for (var i = 1; i <= 50; i++)
        {
            await alice.SendAsync("bob", $"m{i}");
            await bob.AcknowledgeAsync(i);
        }
    }

    [TearDown]
    public void End() => folder.Dispose();

    [Test]
    public void A_sound_ledger_passes()
    {
        var audit = LedgerAudit.Read(FilePath);
        Assert.That(audit.Violations, Is.Empty);
        Assert.That(audit.Sequences["bob"], Has.Count.EqualTo(50));
        Assert.That(audit.Sequences["alice"], Has.Count.EqualTo(100));
        Assert.That(audit.Cursors[new DeviceName("bob", "phone")], Is.EqualTo(50));
        Assert.That(audit.Contains("m50"), Is.True);
        Assert.That(audit.Contains("m51"), Is.False);
    }

    [TestCase("UPDATE journal SET body = x'00' WHERE id = 'm7'", Invariant.Torn)]
    [TestCase("UPDATE journal SET recorded_at = recorded_at + 1 WHERE id = 'm7'", Invariant.Torn)]
    [TestCase("UPDATE journal SET id = 'other' WHERE id = 'm7'", Invariant.Torn)]
    [TestCase("UPDATE journal SET entries = substr(entries, 1, 14) WHERE id = 'm7'", Invariant.Torn)]
    [TestCase("DELETE FROM entry WHERE signal_offset = 3", Invariant.Torn)]
    [TestCase("DELETE FROM message WHERE user_offset = 3", Invariant.Torn)]
    [TestCase("DELETE FROM journal WHERE id = 'm7'", Invariant.Gap)]
    [TestCase("DELETE FROM journal WHERE id = 'm7'", Invariant.ConvGap)]
    [TestCase("UPDATE journal SET user_offset = 6 WHERE id = 'm7'", Invariant.ConvSplit)]
    [TestCase("UPDATE journal SET cursor = 2 WHERE cursor = 7 AND kind = 4", Invariant.Regress)]
    [TestCase("UPDATE entry SET seq = 100000 WHERE signal_offset = 3", Invariant.Phantom)]
    [TestCase("DROP INDEX journal_message_id; UPDATE journal SET id = 'm6' WHERE id = 'm7'", Invariant.Duplicate)]
    public void Damage_is_found(string damage, object expected)
    {
        LedgerEdit.Run(FilePath, damage);
        Assert.That(LedgerAudit.Read(FilePath).Violations.Select(violation => violation.Invariant), Does.Contain(expected));
    }
}
