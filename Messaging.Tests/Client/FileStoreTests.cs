using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Protocol;
using Messaging.V1;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>What only a client whose store survives its process can do.</summary>
internal sealed class FileStoreTests() : ClientFixture(StoreKind.File)
{
    [Test]
    public async Task A_message_is_sent_once_the_store_has_it()
    {
        var stream = await ConnectAsync();
        await SettleAsync(stream);
        await using var application = Occupy();

        var sending = SendAsync("a");

        await EchoAsync(stream);
        Assert.That(sending.IsCompleted, Is.False);
        await application.DisposeAsync();
        await sending;
        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("a"));
    }

    [Test]
    [Protocol("5.17")]
    public async Task What_comes_is_acknowledged_once_the_store_has_it_whether_or_not_it_is_handled()
    {
        var stream = await ConnectAsync();
        await SettleAsync(stream);
        await using var application = Occupy();
        stream.Send(Down.Message(1), Down.Receipt(2, 1), Down.Message(3));
        await EchoAsync(stream);

        await application.DisposeAsync();

        while (await NextAcknowledgementAsync(stream) < 3)
        {
        }
        await RestartAsync();
        await ConnectAsync(3);
        Assert.That((await ReadAsync()).Id, Is.EqualTo("m1"));
        Assert.That((await ReadAsync()).Id, Is.EqualTo("m3"));
    }

    [Test]
    public async Task Messages_that_the_earlier_process_left_come_first_and_in_order()
    {
        var stream = (await ConnectAsync()).Send(Down.Message(1), Down.Message(2), Down.Message(3));
        Assert.That((await ReadAsync()).Id, Is.EqualTo("m1"));
        Assert.That((await ReadAsync()).Id, Is.EqualTo("m2"));
        while (await NextAcknowledgementAsync(stream) < 3)
        {
        }
        await RestartAsync();
        (await ConnectAsync(3)).Send(Down.Message(4));

        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
            ids.Add((await ReadAsync()).Id);

        Assert.That(ids, Is.EqualTo(new[] { "m2", "m3", "m4" }));
    }

    [Test]
    public async Task More_messages_than_a_page_come_in_order()
    {
        var stream = await ConnectAsync();
        const int Count = 1000;
        var acknowledged = 0;
        for (var i = 1; i <= Count; i++)
        {
            stream.Send(Down.Message(i));
            while (i - acknowledged >= 60)
                acknowledged = await NextAcknowledgementAsync(stream);
        }

        for (var i = 1; i <= Count; i++)
            Assert.That((await ReadAsync()).Id, Is.EqualTo($"m{i}"));
        Assert.That(Client.IsHeldBack, Is.False);
    }

    [Test]
    [Protocol("5.14")]
    public async Task Another_epoch_gives_nothing_out_twice_also_after_a_restart()
    {
        var lost = (await ConnectAsync()).Send(Down.Message(1), Down.Message(2), Down.Message(3));
        await ReadAsync();
        Client.Acknowledge(Current);
        while (await NextAcknowledgementAsync(lost) < 3)
        {
        }
        await RestartAsync();
        _ = Client;
        var stream = (await Server.NextAsync()).Open(position: 0, epoch: "e2");
        stream.Send(Down.Message(1, "m1"), Down.Message(2, "m3"), Down.Message(3, "m4"));

        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
            ids.Add((await ReadAsync()).Id);

        Assert.That(ids, Is.EqualTo(new[] { "m2", "m3", "m4" }));
        while (await NextAcknowledgementAsync(stream) < 3)
        {
        }
    }

    [Test]
    public async Task A_message_is_handled_in_one_transaction_with_what_the_application_writes()
    {
        (await ConnectAsync()).Send(Down.Message(1), Down.Message(2));
        var first = await ReadAsync();
        await Client.HandleAsync(first, c => Execute(c, "CREATE TABLE seen (id TEXT); INSERT INTO seen VALUES ('m1')"));
        Assert.That(async () => await Client.HandleAsync(first, _ => { }), Throws.InvalidOperationException);
        Assert.That((await ReadAsync()).Id, Is.EqualTo("m2"));
        Assert.That(async () => await Client.HandleAsync(Current, _ => throw new FormatException()),
            Throws.TypeOf<FormatException>());
        await LeaveAsync();
        Assert.That((await ReadAsync()).Id, Is.EqualTo("m2"));
        await Client.HandleAsync(Current, c => Execute(c, "INSERT INTO seen VALUES ('m2')"));
        await RestartAsync();

        (await ConnectAsync(2)).Send(Down.Message(3));

        Assert.That((await ReadAsync()).Id, Is.EqualTo("m3"));
    }

    [Test]
    public async Task A_message_of_this_device_that_the_earlier_process_sent_is_not_handed_out()
    {
        await SendAsync("a");
        await RestartAsync();
        (await ConnectAsync()).Send(Down.Message(1, "a", "alice", SignalType.Sender), Down.Message(2));

        Assert.That((await ReadAsync()).Id, Is.EqualTo("m2"));
    }

    [Test]
    public async Task A_store_that_fails_ends_the_client_and_nothing_is_acknowledged_that_it_does_not_have()
    {
        var stream = await ConnectAsync();
        var handle = await SendAsync("a");
        await stream.NextAsync();
        await SettleAsync(stream);
        await using (var application = Connect())
            Execute(application, "DROP TABLE messaging_unhandled");

        stream.Send(Down.Message(1));

        await Assert.ThatAsync(() => Client.Completion.WaitAsync(Waits.Deadline), Throws.TypeOf<StoreFailedException>());
        await Assert.ThatAsync(() => handle.Accepted, Throws.TypeOf<StoreFailedException>());
        await Assert.ThatAsync(() => SendAsync("b"), Throws.TypeOf<StoreFailedException>());
        await Assert.ThatAsync(ReadAsync, Throws.TypeOf<StoreFailedException>());
        Assert.That(stream.HasMore, Is.False);
    }

    /// <summary>Returns once the client has taken what came, and has written nothing since but a hint.</summary>
    private async Task EchoAsync(ScriptedStream stream)
    {
        await using var hints = Client.WatchAwarenessAsync().GetAsyncEnumerator();
        var next = hints.MoveNextAsync().AsTask();
        stream.Send(Down.Awareness(SignalStatus.Typing));
        await next.WaitAsync(Waits.Deadline);
        await Client.SendAwarenessAsync("bob", AwarenessStatus.Typing);
        Assert.That((await stream.NextAsync()).Signal?.Status, Is.EqualTo(SignalStatus.Typing));
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={StorePath};Pooling=False");
        connection.Open();
        return connection;
    }

    /// <summary>Another connection of the application writes for as long as this is not disposed.</summary>
    private SqliteConnection Occupy()
    {
        var connection = Connect();
        Execute(connection, "BEGIN IMMEDIATE");
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
