using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>What the next client finds on the store of the last one.</summary>
[TestFixture(StoreKind.Memory)]
[TestFixture(StoreKind.File)]
internal sealed class StorageTests(StoreKind store) : ClientFixture(store)
{
    [Test]
    public async Task The_next_client_sends_what_the_last_one_left_first()
    {
        var lost = await ConnectAsync();
        await SendAsync("a");
        var first = await lost.NextAsync();
        await SendAsync("b");
        await Client.MarkReadAsync("bob", 3);
        await Client.ReportUnusableAsync(Received("m1", 1), "no key");
        await lost.NextAsync();
        await lost.NextAsync();
        await RestartAsync();
        await SendAsync("c");
        var stream = await ConnectAsync();

        Assert.That(await stream.NextAsync(), Is.EqualTo(first));
        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("b"));
        Assert.That((await stream.NextAsync()).Signal.UserOffset, Is.EqualTo(3));
        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("c"));
        stream.Send(Down.ReadAnswer(0, 3));
        Assert.That((await stream.NextAsync()).Signal.Type, Is.EqualTo(SignalKind.Error));
        stream.Send(Down.Accepted("a", 1, 1), Down.Accepted("b", 2, 2), Down.Accepted("c", 3, 3), Down.Taken("m1"));
        await SettleAsync(stream);
        await RestartAsync();
        stream = await ConnectAsync(3);
        await SendAsync("d");
        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("d"), "all the rest is settled");
    }

    [Test]
    public async Task A_handle_is_had_again_by_its_id()
    {
        var lost = await ConnectAsync();
        foreach (var id in new[] { "read", "sent", "refused", "pending" })
        {
            await SendAsync(id);
            await lost.NextAsync();
        }
        var refused = await FindAsync("refused");
        lost.Send(Down.Accepted("read", 1, 1), Down.Accepted("sent", 2, 2), Down.Receipt(3, 1, read: true));
        lost.Send(Down.Error("refused", "permission_denied: not to bob"));
        await Assert.ThatAsync(() => refused.Accepted.WaitAsync(Waits.Deadline), Throws.TypeOf<MessageRefusedException>());
        await RestartAsync();

        var handles = new List<SendHandle>();
        foreach (var id in new[] { "read", "sent", "refused", "pending" })
            handles.Add(await FindAsync(id));

        Assert.That(handles.Select(h => h.State), Is.EqualTo(new[]
            { MessageState.Read, MessageState.Sent, MessageState.Refused, MessageState.Pending }));
        Assert.That((await handles[1].Accepted).UserOffset, Is.EqualTo(2));
        await Task.WhenAll(handles[0].Received, handles[0].Read).WaitAsync(Waits.Deadline);
        await Assert.ThatAsync(() => handles[2].Accepted, Throws.TypeOf<MessageRefusedException>()
            .With.Property("Code").EqualTo("permission_denied"));
        Assert.That(await Client.FindAsync("unknown"), Is.Null);

        var stream = await ConnectAsync(3);
        await stream.NextAsync();
        stream.Send(Down.Accepted("pending", 4, 3), Down.Receipt(5, 3));
        await Task.WhenAll(handles[3].Received, handles[1].Received).WaitAsync(Waits.Deadline);
        Assert.That(handles.Select(h => h.State), Is.EqualTo(new[]
            { MessageState.Read, MessageState.Received, MessageState.Refused, MessageState.Received }));
    }

    [Test]
    public async Task Parked_messages_are_still_parked_with_the_next_client()
    {
        var stream = await ConnectAsync();
        foreach (var id in new[] { "a", "b", "c" })
        {
            var handle = await SendAsync(id);
            await stream.NextAsync();
            stream.Send(Down.Error(id, "permission_denied: not to bob"));
            await Assert.ThatAsync(() => handle.Accepted.WaitAsync(Waits.Deadline), Throws.TypeOf<MessageRefusedException>());
        }
        await RestartAsync();
        var parked = await ParkedAsync();
        Assert.That(parked.Select(p => $"{p.Message.Id} {p.Code} {p.Text}"), Is.EqualTo(new[]
            { "a permission_denied not to bob", "b permission_denied not to bob", "c permission_denied not to bob" }));

        await Client.DropAsync(parked[0]);
        await Client.RetryAsync(parked[1]);
        await Client.ReplaceAsync(parked[2], parked[2].Message with { Id = null, To = "carol" });

        Assert.That(await ParkedAsync(), Is.Empty);
        await RestartAsync();
        var next = await ConnectAsync();
        Assert.That((await next.NextMessageAsync()).Id, Is.EqualTo("b"));
        Assert.That((await next.NextMessageAsync()).To.User, Is.EqualTo("carol"));
        Assert.That(await Client.GetMessagesAsync("bob"), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task What_was_handled_does_not_come_again_with_the_next_client()
    {
        (await ConnectAsync()).Send(Down.Message(1), Down.Message(2));
        Client.Acknowledge(await ReadAsync());
        await RestartAsync();
        // The acknowledgement was lost.
        (await ConnectAsync()).Send(Down.Message(1), Down.Message(2), Down.Message(3));

        Assert.That((await ReadAsync()).Id, Is.EqualTo("m2"));
        Assert.That((await ReadAsync()).Id, Is.EqualTo("m3"));
    }

    [Test]
    public async Task What_was_handled_while_no_stream_stood_does_not_come_again_with_the_next_client()
    {
        var lost = (await ConnectAsync()).Send(Down.Message(1), Down.Message(2));
        await ReadAsync();
        lost.Break();
        await Server.NextAsync();
        Client.Acknowledge(Current);
        await RestartAsync();
        (await ConnectAsync()).Send(Down.Message(1), Down.Message(2));

        Assert.That((await ReadAsync()).Id, Is.EqualTo("m2"));
    }

    [Test]
    public async Task The_next_client_says_where_it_stands()
    {
        var stream = (await ConnectAsync()).Send(Down.Message(1), Down.Message(2));
        Client.Acknowledge(await ReadAsync());
        Client.Acknowledge(await ReadAsync());
        while (await NextAcknowledgementAsync(stream) < 2)
        {
        }
        await RestartAsync();
        _ = Client;

        var next = await Server.NextAsync();

        Assert.That(next.Request.Headers(), Has.Member(KeyValuePair.Create("messaging-position", "e1/2")));
    }

    [Test]
    public async Task With_no_network_everything_works_but_delivery()
    {
        (await ConnectAsync()).Send(Down.Message(1), Down.Message(2));
        await ReadAsync();
        await ReadAsync();
        await RestartAsync();

        await SendAsync("a");
        Assert.That((await Client.GetConversationsAsync()).Single().Unread, Is.EqualTo(2));
        await Client.MarkReadAsync("bob");

        var conversation = (await Client.GetConversationsAsync()).Single();
        Assert.That((conversation.Unread, conversation.LastMessage!.Id), Is.EqualTo((0, "a")));
        Assert.That((await Client.GetMessagesAsync("bob")).Select(m => $"{m.Id} {m.State}"),
            Is.EqualTo(new[] { "m1 Read", "m2 Read", "a Pending" }));
        await RestartAsync();
        var stream = await ConnectAsync(2);
        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("a"));
        Assert.That((await stream.NextAsync()).Signal.UserOffset, Is.EqualTo(2));
    }

    [Test]
    public async Task Where_there_is_nothing_to_read_nothing_is_sent()
    {
        await (await Client.MarkReadAsync("nobody")).Accepted.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task Another_epoch_gets_the_whole_outbox_and_reads_by_their_ids()
    {
        (await ConnectAsync()).Send(Down.Message(1), Down.Message(2));
        var message = await ReadAsync();
        await SendAsync("a");
        await Client.MarkReadAsync("bob", 2);
        await Client.MarkPlayedAsync(message);
        await Client.MarkReadAsync("carol", 7);
        await RestartAsync();
        _ = Client;
        var stream = (await Server.NextAsync()).Open(position: 0, epoch: "e2");

        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("a"));
        var late = Client.MarkReadAsync(message).Answered();
        var read = (await stream.NextAsync()).Signal;
        Assert.That((read.Id, read.UserOffset, read.SignalAckState.Read), Is.EqualTo(("m2", 0, true)));
        stream.Send(Down.ReadAnswer(0, 1, "m2"));
        var played = (await stream.NextAsync()).Signal;
        Assert.That((played.Id, played.UserOffset), Is.EqualTo(("m1", 0)));
        stream.Send(Down.ReadAnswer(0, 1, "m1"));
        // The one that names no message is not sent, the one of the message in hand is.
        read = (await stream.NextAsync()).Signal;
        Assert.That((read.Id, read.UserOffset), Is.EqualTo(("m1", 0)));
        stream.Send(Down.Error("m1", "not_found: it is not there"));
        await Assert.ThatAsync(() => late.WaitAsync(Waits.Deadline), Throws.TypeOf<ReadRefusedException>());
        await SettleAsync(stream);
        Assert.That(stream.HasMore, Is.False);
    }

    [Test]
    public async Task A_read_that_waits_over_another_epoch_names_its_message()
    {
        var lost = (await ConnectAsync()).Send(Down.Message(1), Down.Message(2));
        var message = await ReadAsync();
        lost.Break();
        var stream = await Server.NextAsync();
        var read = Client.MarkReadAsync(message).Answered();
        var unknown = Client.MarkReadAsync("carol", 3).Answered();
        await SendAsync("a");
        stream.Open(position: 0, epoch: "e2");

        await Assert.ThatAsync(() => unknown.WaitAsync(Waits.Deadline), Throws.TypeOf<ReadRefusedException>());
        var sent = await stream.NextAsync();
        Assert.That(sent.Signal, Has.Property("Id").EqualTo("m1").And.Property("UserOffset").Zero);
        stream.Send(Down.ReadAnswer(0, 1, "m1"));
        await read.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task A_read_on_another_device_lowers_the_unread_count()
    {
        var read = Down.Receipt(3, userOffset: 2, read: true, from: "alice");
        read.Signal.To.User = "bob";
        read.Signal.SignalType = SignalType.Device;
        (await ConnectAsync()).Send(Down.Message(1), Down.Message(2), read, Down.Message(4));
        await using var receipts = Client.WatchReceiptsAsync().GetAsyncEnumerator();

        await Waits.EventuallyAsync("all have come",
            () => Client.GetMessagesAsync("bob").GetAwaiter().GetResult().Count == 3);

        Assert.That((await Client.GetConversationsAsync()).Single().Unread, Is.EqualTo(1));
    }

    [Test]
    public async Task A_second_client_is_turned_away_as_long_as_the_first_one_is_there()
    {
        _ = Client;

        Assert.That(() => new MessagingClient(Options with { Store = Store }, Server, () => 0),
            Throws.TypeOf<StoreUnusableException>());
        Assert.That(() => new MessagingClient(Options with { Store = Store, Device = "laptop" }, Server, () => 0),
            Throws.TypeOf<StoreUnusableException>());
        await RestartAsync();
        Assert.That(() => Client, Throws.Nothing);
    }

    private async Task<SendHandle> FindAsync(string id) =>
        await Client.FindAsync(id).WaitAsync(Waits.Deadline) ?? throw new AssertionException($"{id} is not there");
}
