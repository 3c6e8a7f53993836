using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Client;

[TestFixture(StoreKind.Memory)]
[TestFixture(StoreKind.File)]
internal sealed class ReceiptTests(StoreKind store) : ClientFixture(store)
{
    [Test]
    public async Task A_watermark_completes_every_message_that_it_covers()
    {
        var stream = await ConnectAsync();
        var (first, second, third) = (await SendAsync("a"), await SendAsync("b"), await SendAsync("c"));
        var later = third.Received;
        for (var i = 0; i < 3; i++)
            await stream.NextAsync();
        stream.Send(Down.Accepted("a", 1, 1), Down.Accepted("b", 2, 2), Down.Accepted("c", 3, 3));
        stream.Send(Down.Receipt(4, userOffset: 2));

        await Task.WhenAll(first.Received, second.Received).WaitAsync(Waits.Deadline);

        Assert.That(later.IsCompleted, Is.False);
        Assert.That(first.Read.IsCompleted, Is.False);
    }

    [Test]
    public async Task Read_implies_received()
    {
        var stream = await ConnectAsync();
        var handle = await SendAsync("a");
        await stream.NextAsync();
        stream.Send(Down.Accepted("a", 1, 1), Down.Receipt(2, userOffset: 1, read: true));

        await Task.WhenAll(handle.Read, handle.Received).WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task A_receipt_that_comes_before_the_answer_counts()
    {
        var stream = await ConnectAsync();
        var handle = await SendAsync("a");
        var received = handle.Received;
        await stream.NextAsync();
        stream.Send(Down.Message(1, "a", "alice", SignalType.Sender), Down.Receipt(2, userOffset: 1));
        stream.Send(Down.Accepted("a", 1, 1));

        await received.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task A_receipt_of_one_conversation_says_nothing_about_another()
    {
        var stream = await ConnectAsync();
        var handle = await SendAsync("a", to: "carol");
        await stream.NextAsync();
        stream.Send(Down.Accepted("a", 1, 1), Down.Receipt(2, userOffset: 1, from: "bob"));
        await NextAcknowledgementAsync(stream);

        Assert.That(handle.Received.IsCompleted, Is.False);
    }

    [Test]
    public async Task Watermarks_of_an_earlier_epoch_cover_nothing_in_the_next()
    {
        var lost = (await ConnectAsync()).Send(Down.Receipt(1, userOffset: 9, read: true));
        await NextAcknowledgementAsync(lost);
        lost.Break();
        var stream = (await Server.NextAsync()).Open(epoch: "e2");
        var handle = await SendAsync("a");
        await stream.NextAsync();
        stream.Send(Down.Accepted("a", 1, 1));
        await handle.Accepted.WaitAsync(Waits.Deadline);

        Assert.That(handle.Received.IsCompleted, Is.False);
    }

    [Test]
    public async Task A_note_to_oneself_is_received_and_read_when_it_is_accepted()
    {
        var stream = await ConnectAsync();
        var handle = await SendAsync("a", to: "alice");
        await stream.NextAsync();
        stream.Send(Down.Accepted("a", 1, 1));

        await Task.WhenAll(handle.Received, handle.Read).WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task Watchers_see_the_receipts_that_come()
    {
        var stream = await ConnectAsync();
        await using var receipts = Client.WatchReceiptsAsync().GetAsyncEnumerator();
        var next = receipts.MoveNextAsync().AsTask();
        stream.Send(Down.Receipt(1, userOffset: 5, read: true));

        Assert.That(await next.WaitAsync(Waits.Deadline), Is.True);
        Assert.That(receipts.Current, Has.Property("Kind").EqualTo(ReceiptKind.Read)
            .And.Property("Peer").EqualTo("bob").And.Property("UserOffset").EqualTo(5));
    }

    [Test]
    public async Task What_the_user_read_elsewhere_moves_no_watermark_of_the_other()
    {
        var stream = await ConnectAsync();
        var handle = await SendAsync("a");
        await stream.NextAsync();
        var read = Down.Receipt(2, userOffset: 1, read: true, from: "alice");
        read.Signal.To.User = "bob";
        read.Signal.SignalType = SignalType.Device;
        stream.Send(Down.Accepted("a", 1, 1), read);
        await NextAcknowledgementAsync(stream);

        Assert.That(handle.Read.IsCompleted, Is.False);
    }
}
