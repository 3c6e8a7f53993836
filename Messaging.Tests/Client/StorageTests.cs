using Messaging.Client;
using Messaging.Client.Inbox;
using Messaging.Client.Storage;
using Messaging.Tests.Client.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Client;

internal sealed class StorageTests : ClientFixture
{
    private TestStore Store { get; } = new();

    protected override MessagingClientOptions Options => base.Options with { Store = Store };

    [Test]
    public async Task A_message_is_sent_once_the_store_has_it()
    {
        var stream = await ConnectAsync();
        var gate = new TaskCompletionSource();
        Store.AddGate = gate.Task;
        var sending = SendAsync("a");
        Store.AddGate = Task.CompletedTask;
        await SettleAsync(stream);
        Assert.That(sending.IsCompleted, Is.False);
        Assert.That(stream.HasMore, Is.False);

        gate.SetResult();

        await sending.WaitAsync(Waits.Deadline);
        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("a"));
    }

    [Test]
    public async Task A_message_that_the_store_does_not_take_is_not_sent()
    {
        var stream = await ConnectAsync();
        Store.AddGate = Task.FromException(new IOException("full"));
        await Assert.ThatAsync(() => SendAsync("a"), Throws.TypeOf<IOException>());
        Store.AddGate = Task.CompletedTask;

        await SendAsync("a");

        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("a"));
    }

    [Test]
    public async Task A_position_is_stored_before_it_is_acknowledged()
    {
        var stream = await ConnectAsync();
        var gate = new TaskCompletionSource();
        Store.PositionGate = gate.Task;
        stream.Send(Down.Receipt(1, 1));
        await SendAsync("a");
        Assert.That(stream.HasMore, Is.False);

        gate.SetResult();

        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(1));
        Assert.That((await Store.LoadAsync(default)).Position, Is.EqualTo(new StoredPosition("e1", new SignalOffset(1))));
    }

    [Test]
    public async Task What_is_settled_leaves_theStore()
    {
        var stream = await ConnectAsync();
        await SettleAsync(stream);
        var read = Client.MarkReadAsync("bob", 1);
        await stream.NextAsync();
        stream.Send(Down.ReadAnswer(0, 1));
        await read.WaitAsync(Waits.Deadline);

        Assert.That((await Store.LoadAsync(default)).Entries, Is.Empty);
    }

    [Test]
    public async Task The_next_client_sends_what_the_last_one_left_first()
    {
        var lost = await ConnectAsync();
        await SendAsync("a");
        var first = await lost.NextAsync();
        await SendAsync("b");
        _ = Client.MarkReadAsync("bob", 3);
        _ = Client.ReportUnusableAsync(Received("m1", 1), "no key");
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
        await Waits.EventuallyAsync("all is settled",
            () => Store.LoadAsync(default).AsTask().GetAwaiter().GetResult().Entries.Count == 0);
    }

    [Test]
    public async Task Parked_messages_are_still_parked_with_the_next_client()
    {
        var stream = await ConnectAsync();
        var handle = await SendAsync("a");
        await stream.NextAsync();
        stream.Send(Down.Error("a", "permission_denied: not to bob"));
        await Assert.ThatAsync(() => handle.Accepted.WaitAsync(Waits.Deadline), Throws.TypeOf<MessageRefusedException>());
        await RestartAsync();
        var next = await ConnectAsync();
        await SettleAsync(next);

        Assert.That(Client.ParkedMessages.Single().Text, Is.EqualTo("not to bob"));
        Client.Drop(Client.ParkedMessages.Single());
        Assert.That((await Store.LoadAsync(default)).Entries, Is.Empty);
    }

    [Test]
    public async Task What_was_handled_does_not_come_again_with_the_next_client()
    {
        (await ConnectAsync()).Send(Down.Message(1), Down.Message(2));
        await using (var reader = Client.ReceiveAsync().GetAsyncEnumerator())
        {
            await reader.MoveNextAsync().AsTask().WaitAsync(Waits.Deadline);
            Client.Acknowledge(reader.Current);
        }
        await RestartAsync();
        _ = Client;
        var stream = await Server.NextAsync();
        Assert.That(stream.Request.Headers(), Has.Member(KeyValuePair.Create("messaging-position", "e1/1")));
        // The acknowledgement was lost.
        stream.Open().Send(Down.Message(1), Down.Message(2));

        await using var next = Client.ReceiveAsync().GetAsyncEnumerator();
        await next.MoveNextAsync().AsTask().WaitAsync(Waits.Deadline);
        Assert.That(next.Current.Id, Is.EqualTo("m2"));
        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(1));
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
    public async Task A_position_of_another_epoch_means_nothing()
    {
        await Store.SavePositionAsync(new StoredPosition("old", new SignalOffset(9)), default);
        _ = Client;
        (await Server.NextAsync()).Open(position: 0, epoch: "new").Send(Down.Message(1));

        await using var reader = Client.ReceiveAsync().GetAsyncEnumerator();
        await reader.MoveNextAsync().AsTask().WaitAsync(Waits.Deadline);

        Assert.That(reader.Current.Id, Is.EqualTo("m1"));
    }
}
