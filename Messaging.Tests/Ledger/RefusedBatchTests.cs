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
    private int left;

    [SetUp]
    public void Open()
    {
        folder = TemporaryFolder.Create();
        var options = new LedgerOptions
        {
            Path = folder.File("ledger.db"),
            MaxFenced = 2,
            Seams = new WriterSeams { Reached = Refuse },
        };
        ledger = SqliteLedger.OpenStepped(options, TimeProvider.System, NullLogger<SqliteLedger>.Instance);
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
        using var alice = await OpenAsync("alice/phone");
        using var bob = await OpenAsync("bob/phone");
        await WorkAsync(alice.Message("bob", "m1"));
        isFull = true;
        Assert.That(await WorkAsync(new Acknowledge(bob.Stream, new SignalOffset(1))), Is.EqualTo([Settlement.Unavailable]));
        isFull = false;

        var again = new Acknowledge(bob.Stream, new SignalOffset(1));
        await WorkAsync(again);

        Assert.That((again.Settlement, again.Cursor.Value), Is.EqualTo((Settlement.Recorded, 1)));
        Assert.That(bob.Stream.Cursor.Value, Is.EqualTo(1));
        Assert.That(await alice.DescribeAsync(head: 2), Has.Count.EqualTo(2), "the message, and that it is received");
    }

    [Test]
    [Protocol("4.43", "4.46")]
    public async Task What_found_no_place_to_wait_is_not_overtaken()
    {
        using var alice = await OpenAsync("alice/phone");
        isFull = true;
        await WorkAsync(alice.Message("bob", "m1"), alice.Message("bob", "m2"));
        Assert.That(await WorkAsync(alice.Message("carol", "m3")), Is.EqualTo([Settlement.FenceFull]));
        isFull = false;

        // The stream is about to end, and until then it goes on being read.
        Assert.That(await WorkAsync(alice.Message("carol", "m4")), Is.EqualTo([Settlement.FenceFull]));

        using var again = await OpenAsync("alice/phone");
        var (first, second) = (again.Message("carol", "m3"), again.Message("carol", "m4"));
        await WorkAsync(first, second);
        Assert.That((first.UserOffset.Value, second.UserOffset.Value), Is.EqualTo((1, 2)));
    }

    [Test]
    [Protocol("4.45")]
    public async Task Those_that_wait_stand_as_they_came_whatever_they_were_refused_for()
    {
        using var alice = await OpenAsync("alice/phone");
        isFull = true;
        await WorkAsync(alice.Message("bob", "m1"), TooFast("m2"));
        isFull = false;

        Assert.That(await WorkAsync(alice.Message("bob", "m2")), Is.EqualTo([Settlement.Fenced]), "it is not its turn");
        Assert.That(
            await WorkAsync(alice.Message("bob", "m1"), alice.Message("bob", "m2")),
            Is.EqualTo([Settlement.Recorded, Settlement.Recorded]));

        SendMessage TooFast(string id) =>
            new(alice.Stream, id, "bob", "hello"u8.ToArray(), LedgerDevice.Digest("bob", "hello"u8), isOverRate: true);
    }

    [Test]
    [Protocol("11.29")]
    public async Task What_a_refused_batch_would_have_done_to_an_account_has_not_happened()
    {
        using var alice = await OpenAsync("alice/phone");
        using var bob = await OpenAsync("bob/phone");
        var phone = new Party("bob", "phone");
        await WorkAsync(new BlockUser(phone, "carol"));
        isFull = true;
        Assert.That(
            await WorkAsync(
                new BlockUser(phone, "alice"), new UnblockUser(phone, "carol"), new NameDevice(phone, "phone", "label"),
                alice.Message("bob", "m1"), new RevokeDevice(phone, "phone"), alice.Message("bob", "m2")),
            Is.All.EqualTo(Settlement.Unavailable));
        isFull = false;

        var (blocked, devices) = (new ListBlocked(phone, "", 9), new ListDevices(phone, "", 9));
        Assert.That(
            await WorkAsync(alice.Message("bob", "m1"), blocked, devices, bob.Message("alice", "m1")),
            Is.All.EqualTo(Settlement.Recorded));
        Assert.That(blocked.Users, Is.EqualTo(new[] { "carol" }));
        Assert.That(devices.Devices.Single(), Has.Property("Label").Empty.And.Property("IsConnected").True);
        Assert.That((bob.Stream.HasBlocked("alice"), bob.Listener.Revoked.IsCompleted), Is.EqualTo((false, false)));
    }

    private async Task<LedgerDevice> OpenAsync(string name)
    {
        var opening = LedgerDevice.OpenAsync(ledger, name);
        ledger.Step();
        return await opening;
    }

    /// <summary>Works all of it in one batch.</summary>
    private async Task<Settlement[]> WorkAsync(params Submission[] work)
    {
        left = work.Length;
        foreach (var submission in work)
            await ledger.SubmitAsync(submission, CancellationToken.None);
        ledger.Step();
        return [.. work.Select(submission => submission.Settlement)];
    }

    // All has been decided, and what is recorded once a batch has not.
    private void Refuse(WriterPoint point)
    {
        if (isFull && point == WriterPoint.Taken && --left == 0)
            throw new LedgerFailureException("full", raw.SQLITE_FULL);
    }
}
