using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>What is true of the ledger because it is an SQLite file.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SqliteFileTests
{
    private TemporaryFolder folder = null!;

    private string FilePath => folder.File("ledger.db");

    [SetUp]
    public void Begin() => folder = TemporaryFolder.Create();

    [TearDown]
    public void End() => folder.Dispose();

    [Test]
    public async Task A_second_service_on_the_same_file_is_refused_with_a_reason()
    {
        await using (await OpenAsync())
        {
            var refused = Assert.ThrowsAsync<LedgerUnusableException>(OpenAsync);
            Assert.That(refused.Message, Does.Contain("in use").And.Contain(FilePath));
        }

        await using var afterwards = await OpenAsync();
        Assert.That(afterwards.Epoch, Is.Not.Empty);
    }

    [Test]
    public void A_file_that_is_no_database_is_refused_with_a_reason()
    {
        File.WriteAllText(FilePath, new string('x', 8_192));
        var refused = Assert.ThrowsAsync<LedgerUnusableException>(OpenAsync);
        Assert.That(refused.Message, Does.Contain(FilePath));
        Assert.That(File.ReadAllText(FilePath), Has.Length.EqualTo(8_192), "and is left as it was");
    }

    [Test]
    public async Task A_database_that_is_no_ledger_is_refused_with_a_reason()
    {
        await ExecuteAsync("CREATE TABLE customers (id INTEGER PRIMARY KEY)");
        var refused = Assert.ThrowsAsync<LedgerUnusableException>(OpenAsync);
        Assert.That(refused.Message, Does.Contain("not a ledger"));
    }

    [Test]
    public async Task A_ledger_of_a_later_version_is_refused_with_a_reason()
    {
        await (await OpenAsync()).DisposeAsync();
        await ExecuteAsync("PRAGMA user_version = 1000");
        var refused = Assert.ThrowsAsync<LedgerUnusableException>(OpenAsync);
        Assert.That(refused.Message, Does.Contain("later version"));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public async Task A_ledger_of_an_earlier_version_is_brought_to_this_one_with_what_it_knows(int version)
    {
        var bob = new Party("bob", "phone");
        IReadOnlyList<DeviceSummary> before;
        await using (var ledger = await OpenAsync())
        {
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            using (await LedgerDevice.OpenAsync(ledger, "bob/phone"))
            using (await LedgerDevice.OpenAsync(ledger, "bob/laptop"))
                await alice.SendAsync("bob", "m");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            using var again = await LedgerDevice.OpenAsync(ledger, "bob/phone");
            await again.AcknowledgeAsync(1);
            again.Dispose();
            before = await DevicesAsync(ledger);
        }

        await ExecuteAsync("DROP TABLE retention; DROP TABLE emptied; PRAGMA user_version = 3");
        if (version < 3)
            await ExecuteAsync("DROP INDEX member_by_user; PRAGMA user_version = 2");
        if (version < 2)
        {
            await ExecuteAsync(
                "DROP TABLE block; DROP INDEX device_in_use; ALTER TABLE device DROP COLUMN label; "
                + "ALTER TABLE device DROP COLUMN created; ALTER TABLE device DROP COLUMN seen; "
                + "ALTER TABLE device DROP COLUMN revoked; PRAGMA user_version = 1");
        }

        await using var migrated = await OpenAsync();
        Assert.That(await DevicesAsync(migrated), Is.EqualTo(before));
        Assert.That(before[1].SeenAt, Is.GreaterThan(before[1].CreatedAt));
        var conversations = await migrated.ReadConversationsAsync(
            new ConversationQuery(bob, "", 9, 9_999, 9), CancellationToken.None).InTime("the conversations");
        Assert.That(conversations!.Conversations.Single(), Has.Property("Peer").EqualTo("alice").And.Property("Unread").EqualTo(1));

        async Task<IReadOnlyList<DeviceSummary>> DevicesAsync(SqliteLedger ledger)
        {
            var list = new ListDevices(bob, "", 9);
            await ledger.SubmitAsync(list, CancellationToken.None);
            await list.Settled.InTime("the devices are listed");
            return list.Devices;
        }
    }

    [Test]
    [Protocol("1.13")]
    public async Task Every_connection_that_writes_syncs_at_every_commit()
    {
        await (await OpenAsync()).DisposeAsync();
        using var file = LedgerFile.Take(FilePath);
        await using var connection = file.Connect();

        Assert.That(await ReadAsync(connection, "PRAGMA synchronous"), Is.EqualTo(2), "2 is FULL");
        Assert.That(await ReadAsync(connection, "PRAGMA journal_mode"), Is.EqualTo("wal"));
    }

    [Test]
    public async Task The_same_message_can_stand_only_once_in_the_journal_whatever_the_code_does()
    {
        await using (var ledger = await OpenAsync())
        {
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            await alice.SendAsync("bob", "m");
        }

        await using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        await connection.OpenAsync();
        var indexes = (long)(await ReadAsync(connection, """
            SELECT count(*) FROM pragma_index_list('journal') list
            WHERE list."unique" = 1 AND 'id' = (SELECT name FROM pragma_index_info(list.name) WHERE seqno = 0)
            """))!;
        Assert.That(indexes, Is.EqualTo(1));
    }

    [Test]
    public async Task Work_after_closing_is_refused()
    {
        var ledger = await OpenAsync();
        using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
        await ledger.DisposeAsync();

        await ledger.Completion.InTime("the writer has stopped");
        Assert.That(
            async () => await ledger.SubmitAsync(alice.Message("bob", "late"), CancellationToken.None),
            Throws.TypeOf<LedgerClosedException>());
    }

    private Task<SqliteLedger> OpenAsync() => SqliteLedger.OpenAsync(
        new LedgerOptions { Path = FilePath }, TimeProvider.System, NullLogger<SqliteLedger>.Instance);

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        await connection.OpenAsync();
        await ReadAsync(connection, sql);
    }

    private static async Task<object?> ReadAsync(SqliteConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are this fixture's own.
        command.CommandText = sql;
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync();
    }
}
