using Grpc.Health.V1;
using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Ledger.Sqlite.Upkeep;
using Messaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Messaging.Tests.Operations;

/// <summary>What rots while it is served is found before somebody needs it, and never served.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable(ParallelScope.All)]
public sealed class ScrubTests
{
    private readonly LedgerCondition condition = new();
    private SampleLedger sample = null!;

    [SetUp]
    public async Task Begin() => sample = await SampleLedger.CreateAsync();

    [TearDown]
    public void End() => sample.Dispose();

    [Test]
    public void A_sound_ledger_is_walked_to_its_end_again_and_again()
    {
        using var scrub = NewScrub();
        Assert.That(scrub.Next(10), Is.False, "there is more");
        for (var times = 0; times < 3; times++)
            Assert.That(scrub.Next(100_000), Is.True);
        Assert.That(condition.Damage, Is.Null);
    }

    [TestCase("UPDATE journal SET body = x'00' WHERE id = 'm7'", "is not what was written")]
    [TestCase("UPDATE journal SET body = NULL WHERE id = 'm7'", "the body of row")]
    [TestCase("UPDATE journal SET body = NULL WHERE kind = 10", "is not what was written")]
    [TestCase("UPDATE journal SET subject = 1 WHERE id = 'm7'", "is not what was written")]
    [TestCase("DELETE FROM entry WHERE signal_offset = 3", "entry does not hold")]
    [TestCase("UPDATE entry SET seq = seq + 1 WHERE signal_offset = 3", "entry does not hold")]
    [TestCase("DELETE FROM message WHERE user_offset = 3", "message does not hold")]
    [TestCase("DELETE FROM remark WHERE kind = 7", "remark does not hold")]
    [TestCase("DELETE FROM member WHERE conversation = 1", "member does not hold")]
    [TestCase("UPDATE device SET user = 99 WHERE key = 1", "device does not hold")]
    [TestCase("DELETE FROM user WHERE key = 2", "the name of key 2 is missing")]
    public void What_is_planted_is_found(string damage, string expected)
    {
        LedgerEdit.Run(sample.FilePath, damage);
        using var scrub = NewScrub();
        _ = scrub.Next(100_000);
        Assert.That(condition.Damage, Does.Contain(expected));
    }

    [Test]
    public async Task What_retention_has_emptied_is_sound()
    {
        await sample.RetainAsync();
        using var scrub = NewScrub();
        Assert.That(scrub.Next(100_000), Is.True);
        Assert.That(condition.Damage, Is.Null);
    }

    [Test]
    public void Pages_that_are_gone_are_found([Values("journal", "entry")] string table)
    {
        // Not those of the schema, wherever they are: without it nothing opens.
        var page = LedgerEdit.Ask(sample.FilePath, $"SELECT rootpage FROM sqlite_schema WHERE name = '{table}'");
        using (var file = new FileStream(sample.FilePath, FileMode.Open))
        {
            file.Position = (page - 1) * TableDump.PageSize;
            file.Write(new byte[TableDump.PageSize]);
        }

        using var scrub = NewScrub();
        _ = scrub.Next(100_000);
        Assert.That(condition.Damage, Is.Not.Null);
    }

    [Test]
    public async Task A_queue_is_not_served_past_a_row_or_an_entry_that_is_not_what_was_written(
        [Values(
            "UPDATE journal SET body = x'00' WHERE id = 'm7'",
            "UPDATE entry SET seq = (SELECT seq FROM journal WHERE id = 'm8') WHERE user = 2 AND seq = (SELECT seq FROM journal WHERE id = 'm7')")]
        string damage)
    {
        LedgerEdit.Run(sample.FilePath, damage);
        await using var ledger = await sample.OpenAsync(condition);
        using var bob = await LedgerDevice.OpenAsync(ledger, "bob/late");
        Assert.That(async () => await bob.QueueAsync(), Throws.TypeOf<LedgerUnusableException>());
        Assert.That(condition.Damage, Is.Not.Null);
    }

    [Test]
    public async Task A_running_service_says_that_it_is_not_healthy()
    {
        await using var server = await TestServer.StartAsync("--Messaging:Ledger:ScrubRows=1000", "--Messaging:Ledger:TailRows=16");
        await using (var alice = await server.ConnectAsync("alice/phone"))
        {
            for (var i = 0; i < 40; i++)
                await alice.SendAsync("bob", $"m{i}");
        }

        var health = new Health.HealthClient(server.Channel);
        Assert.That((await health.CheckAsync(new HealthCheckRequest())).Status, Is.EqualTo(HealthCheckResponse.Types.ServingStatus.Serving));
        server.ExpectAlarm("The ledger is damaged: The ledger is damaged: row");
        LedgerEdit.Run(server.LedgerPath, "UPDATE journal SET body = x'00' WHERE id = 'm3'");
        await server.RestartAsync(); // a pass that is over is not begun again for an hour
        health = new Health.HealthClient(server.Channel);
        await Wait.Eventually("it is not healthy", async () =>
            (await health.CheckAsync(new HealthCheckRequest())).Status == HealthCheckResponse.Types.ServingStatus.NotServing);
    }

    private Scrub NewScrub() => new(LedgerFile.OpenReadOnly(sample.FilePath), condition, NullLogger.Instance);
}
