using Messaging.Client;
using Messaging.Client.Storage;
using Messaging.Client.Storage.Sqlite;
using Messaging.Tests.Support;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace Messaging.Tests.Client.Storage;

[TestFixture]
internal sealed class SqliteStoreTests : StoreContract
{
    private string FilePath => Folder.File("alice.db");

    private SqliteStore File => (SqliteStore)Store;

    protected override MessagingStore Open() => MessagingStore.Open(FilePath);

    protected override async Task<MessagingStore> CloseAsync(MessagingStore store)
    {
        await store.DisposeAsync();
        return Open();
    }

    [Test]
    public async Task Messages_wait_until_they_are_handled_in_the_order_in_which_they_came()
    {
        await TakeAsync("m1", 1);
        await TakeAsync("own", 2, from: "alice");
        await TakeAsync("m2", 3);
        await TakeAsync("m1", 1);
        Assert.That(await WaitingAsync(), Is.EqualTo(new[] { "m1", "own", "m2" }));

        File.Handled((await File.ReadUnhandledAsync(0, 1, default)).Single().Number);
        await NextClientAsync();

        Assert.That(await WaitingAsync(), Is.EqualTo(new[] { "own", "m2" }));
    }

    [Test]
    public async Task A_message_that_was_handled_is_not_handed_out_again_in_another_epoch()
    {
        await TakeAsync("m1", 1);
        await TakeAsync("m2", 2);
        File.Handled(1);
        await EpochAsync("e2");
        await NextClientAsync();
        await TakeAsync("m1", 1);
        await TakeAsync("m2", 7);
        await TakeAsync("m3", 8);

        var waiting = await File.ReadUnhandledAsync(0, 100, default);

        Assert.That(waiting.Select(w => $"{w.Message.Id} {w.Message.UserOffset}"), Is.EqualTo(new[] { "m2 7", "m3 8" }));
    }

    [Test]
    public async Task What_this_device_sent_does_not_come_back_to_it()
    {
        await AddAsync("a");
        await TakeAsync("a", 1, from: "alice");

        Assert.That(await WaitingAsync(), Is.Empty);
    }

    [Test]
    public async Task The_application_writes_in_the_transaction_that_handles_the_message()
    {
        await TakeAsync("m1", 1);
        await TakeAsync("m2", 2);
        await File.HandleAsync(1, connection =>
        {
            Execute(connection, "CREATE TABLE notes (text TEXT)");
            Execute(connection, "INSERT INTO notes VALUES ('kept')");
        }).InTime("it is handled");

        Assert.That(async () => await File.HandleAsync(2, connection =>
        {
            Execute(connection, "INSERT INTO notes VALUES ('taken back')");
            throw new FormatException("not a note");
        }).InTime("it is refused"), Throws.TypeOf<FormatException>());

        await NextClientAsync();
        Assert.That(await WaitingAsync(), Is.EqualTo(new[] { "m2" }));
        await using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        connection.Open();
        Assert.That(Query(connection, "SELECT group_concat(text) FROM notes"), Is.EqualTo("kept"));
    }

    [Test]
    public async Task Many_changes_share_a_transaction_and_are_done_in_order()
    {
        await using var application = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        application.Open();
        Execute(application, "BEGIN IMMEDIATE");
        var done = new List<int>();
        for (var i = 1; i <= 50; i++)
        {
            var number = i;
            Store.Write(new AddMessage(i, Outgoing($"m{i}")), _ => done.Add(number));
        }
        Assert.That(done, Is.Empty, "nothing is safe while another connection writes");

        Execute(application, "COMMIT");

        await Store.FlushAsync().InTime("it is written");
        Assert.That(done, Is.EqualTo(Enumerable.Range(1, 50)));
    }

    [Test]
    public void A_file_that_is_open_is_refused()
    {
        Assert.That(() => MessagingStore.Open(FilePath),
            Throws.TypeOf<StoreUnusableException>().With.Message.Contains("open already"));
    }

    [Test]
    public void A_file_that_is_no_database_is_refused_and_left_as_it_is()
    {
        var path = Folder.File("letter.txt");
        System.IO.File.WriteAllText(path, new string('x', 4096));

        Assert.That(() => MessagingStore.Open(path), Throws.TypeOf<StoreUnusableException>());

        Assert.That(System.IO.File.ReadAllText(path), Is.EqualTo(new string('x', 4096)));
    }

    [Test]
    public async Task A_store_of_a_later_version_is_refused()
    {
        await Store.DisposeAsync();
        await using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            connection.Open();
            Execute(connection, "UPDATE messaging_store SET version = 99");
        }

        Assert.That(() => Open(), Throws.TypeOf<StoreUnusableException>().With.Message.Contains("later version"));
    }

    [Test]
    public async Task The_applications_own_database_takes_the_store_in()
    {
        var path = Folder.File("app.db");
        await using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            Execute(connection, "CREATE TABLE notes (text TEXT); PRAGMA user_version = 12;");
        }

        await using (var store = MessagingStore.Open(path))
            store.Attach("alice", "phone");

        await using var again = new SqliteConnection($"Data Source={path};Pooling=False");
        again.Open();
        Assert.That(Query(again, "PRAGMA user_version"), Is.EqualTo(12));
        Assert.That(Query(again, "SELECT user FROM messaging_store"), Is.EqualTo("alice"));
        Assert.That(Query(again, "SELECT count(*) FROM notes"), Is.Zero);
    }

    [Test]
    public async Task After_a_failed_write_nothing_more_is_promised()
    {
        await using (var application = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            application.Open();
            Execute(application, "DROP TABLE messaging_outbox");
        }

        Assert.That(async () => await AddAsync("a"), Throws.TypeOf<StoreFailedException>());
        Assert.That(async () => await TakeAsync("m1", 1), Throws.TypeOf<StoreFailedException>());
    }

    [Test]
    public async Task A_store_that_was_disposed_takes_nothing()
    {
        await Store.DisposeAsync();

        Assert.That(async () => await AddAsync("a"), Throws.TypeOf<StoreFailedException>());
        Assert.That(async () => await MessagesAsync(), Throws.TypeOf<ObjectDisposedException>());
    }

    private async Task<IEnumerable<string>> WaitingAsync() =>
        (await File.ReadUnhandledAsync(0, 100, default)).Select(w => w.Message.Id);

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static object? Query(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
