using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using SQLitePCL;

namespace Messaging.Tests.Ledger;

/// <summary>What a batch that the store refuses leaves behind: nothing.</summary>
[CancelAfter(60_000)]
internal sealed class RefusedBatchTests
{
    private TemporaryFolder folder = null!;
    private SqliteLedger ledger = null!;
    private bool isFull;

    [SetUp]
    public async Task OpenAsync()
    {
        folder = TemporaryFolder.Create();
        var options = new LedgerOptions
        {
            Path = folder.File("ledger.db"),
            MaxFenced = 1,
            Seams = new WriterSeams { Reached = Refuse },
        };
        ledger = await SqliteLedger.OpenAsync(options, TimeProvider.System, NullLogger<SqliteLedger>.Instance);
    }

    [TearDown]
    public async Task CloseAsync()
    {
        await ledger.DisposeAsync();
        folder.Dispose();
    }

    [Test]
    public async Task An_acknowledgement_in_a_refused_batch_counts_when_it_comes_again()
    {
        using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
        using var bob = await LedgerDevice.OpenAsync(ledger, "bob/phone");
        await alice.SendAsync("bob", "m1");
        isFull = true;
        Assert.That((await bob.AcknowledgeAsync(1)).Settlement, Is.EqualTo(Settlement.Unavailable));
        isFull = false;

        var again = await bob.AcknowledgeAsync(1);

        Assert.That((again.Settlement, again.Cursor.Value), Is.EqualTo((Settlement.Recorded, 1)));
        Assert.That(bob.Stream.Cursor.Value, Is.EqualTo(1));
        Assert.That(await alice.DescribeAsync(head: 2), Has.Count.EqualTo(2), "the message, and that it is received");
    }

    [Test]
    [Protocol("4.43", "4.46")]
    public async Task What_found_no_place_to_wait_is_not_overtaken()
    {
        using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
        isFull = true;
        Assert.That((await alice.SendAsync("bob", "m1")).Settlement, Is.EqualTo(Settlement.Unavailable));
        Assert.That((await alice.SendAsync("carol", "m2")).Settlement, Is.EqualTo(Settlement.FenceFull));
        isFull = false;

        // The stream is about to end, and until then it goes on being read.
        Assert.That((await alice.SendAsync("carol", "m3")).Settlement, Is.EqualTo(Settlement.FenceFull));

        using var again = await LedgerDevice.OpenAsync(ledger, "alice/phone");
        Assert.That((await again.SendAsync("carol", "m2")).UserOffset.Value, Is.EqualTo(1));
        Assert.That((await again.SendAsync("carol", "m3")).UserOffset.Value, Is.EqualTo(2));
    }

    // Where a disk is full, it is mostly in the middle of a batch.
    private void Refuse(WriterPoint point)
    {
        if (isFull && point == WriterPoint.Taken)
            throw new LedgerFailureException("full", raw.SQLITE_FULL);
    }
}
