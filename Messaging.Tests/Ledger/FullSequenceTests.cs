using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>
/// Protocol §10: offsets run out at 2³¹−1. The heads are moved there in the file, for nobody waits for two thousand
/// million messages.
/// </summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FullSequenceTests
{
    private TemporaryFolder folder = null!;
    private SqliteLedger ledger = null!;

    [SetUp]
    public async Task Begin()
    {
        folder = TemporaryFolder.Create();
        ledger = await OpenAsync();
    }

    [TearDown]
    public async Task End()
    {
        await ledger.DisposeAsync();
        folder.Dispose();
    }

    [TestCase("alice")]
    [TestCase("bob")]
    [Protocol("9.13", "10.1", "10.2", "10.3")]
    public async Task A_full_sequence_refuses_before_anything_is_stored(string full)
    {
        using (var before = await LedgerDevice.OpenAsync(ledger, "alice/phone"))
            await before.SendAsync("bob", "first");
        await ExecuteAsync($"UPDATE user SET head = {int.MaxValue - 1} WHERE name = '{full}'");

        using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
        var last = await alice.SendAsync("bob", "last");
        var refused = await alice.SendAsync("bob", "refused");
        var elsewhere = await alice.SendAsync("carol", "elsewhere");
        Assert.Multiple(() =>
        {
            Assert.That(last.Settlement, Is.EqualTo(Settlement.Recorded));
            Assert.That(last.UserOffset, Is.EqualTo(new UserOffset(2)));
            Assert.That(refused.Settlement, Is.EqualTo(Settlement.OutOfRange));
            Assert.That(
                elsewhere.Settlement, Is.EqualTo(full == "alice" ? Settlement.OutOfRange : Settlement.Recorded));
        });

        using var bob = await LedgerDevice.OpenAsync(ledger, "bob/phone");
        Assert.That(alice.Stream.Head.Value, full == "alice" ? Is.EqualTo(int.MaxValue) : Is.EqualTo(3));
        Assert.That(bob.Opening.Head.Value, full == "bob" ? Is.EqualTo(int.MaxValue) : Is.EqualTo(2));
    }

    [Test]
    [Protocol("9.13", "10.1", "10.2")]
    public async Task A_full_timeline_refuses_before_anything_is_stored()
    {
        using (var before = await LedgerDevice.OpenAsync(ledger, "alice/phone"))
            await before.SendAsync("bob", "first");
        await ExecuteAsync($"UPDATE conversation SET head = {int.MaxValue}");

        using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
        Assert.That((await alice.SendAsync("bob", "refused")).Settlement, Is.EqualTo(Settlement.OutOfRange));
        Assert.That(alice.Stream.Head, Is.EqualTo(new SignalOffset(1)));
        Assert.That((await alice.SendAsync("carol", "elsewhere")).Settlement, Is.EqualTo(Settlement.Recorded));
    }

    [Test]
    [Protocol("4.37", "10.3")]
    public async Task A_repeat_is_answered_though_the_sequence_is_full()
    {
        SendMessage original;
        using (var before = await LedgerDevice.OpenAsync(ledger, "alice/phone"))
            original = await before.SendAsync("bob", "first");
        await ExecuteAsync($"UPDATE user SET head = {int.MaxValue}");

        using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
        var repeat = await alice.SendAsync("bob", "first");
        Assert.That(repeat.Settlement, Is.EqualTo(Settlement.Repeated));
        Assert.That(repeat.SignalOffset, Is.EqualTo(original.SignalOffset));
        Assert.That((await alice.SendAsync("bob", "first", "other")).Settlement, Is.EqualTo(Settlement.IdTaken));
    }

    [Test]
    [Protocol("10.4")]
    public async Task A_receipt_that_finds_a_sequence_full_moves_the_watermark_and_takes_no_entry()
    {
        using (var before = await LedgerDevice.OpenAsync(ledger, "alice/phone"))
        {
            await before.SendAsync("bob", "first");
            await before.SendAsync("bob", "second");
        }

        await ExecuteAsync($"UPDATE user SET head = {int.MaxValue} WHERE name = 'alice'");
        using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
        using var bob = await LedgerDevice.OpenAsync(ledger, "bob/phone");
        await bob.AcknowledgeAsync(2);
        var read = await bob.MarkReadAsync("alice", "first");

        Assert.That(read.Settlement, Is.EqualTo(Settlement.Recorded));
        Assert.That(alice.Stream.Head, Is.EqualTo(SignalOffset.Last));
        Assert.That(
            (await bob.QueueAsync()).Take(2).Select(entry => entry.State),
            Is.EqualTo(new[] { MessageState.Read, MessageState.Received }));
    }

    private async Task<SqliteLedger> OpenAsync() => await SqliteLedger.OpenAsync(
        new LedgerOptions { Path = folder.File("ledger.db"), TailRows = 16, Quota = int.MaxValue }, TimeProvider.System,
        NullLogger<SqliteLedger>.Instance).InTime("the ledger is opened");

    /// <summary>Changes the closed file, once everything is folded into its tables, and opens it again.</summary>
    private async Task ExecuteAsync(string sql)
    {
        // So many rows that what came before them is folded.
        using (var other = await LedgerDevice.OpenAsync(ledger, "filler/phone"))
        {
            for (var i = 0; i < 200; i++)
                await other.SendAsync("filler", $"{i}");
        }

        await ledger.DisposeAsync();
        await using (var connection = new SqliteConnection($"Data Source={folder.File("ledger.db")};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are this fixture's own.
            command.CommandText = sql;
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync();
        }

        ledger = await OpenAsync();
    }
}
