using Grpc.Core;
using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Protocol;
using NUnit.Framework;

namespace Messaging.Tests.Client;

internal sealed class EpochTests : ClientFixture
{
    [Test]
    [Protocol("2.22")]
    public async Task Another_epoch_begins_at_the_cursor_that_the_server_names()
    {
        var lost = (await ConnectAsync()).Send(Down.Message(1), Down.Message(2));
        await ReadAsync();
        Client.Acknowledge(await ReadAsync());
        Assert.That(await NextAcknowledgementAsync(lost), Is.AnyOf(1, 2));
        lost.Break();
        var stream = (await Server.NextAsync()).Open(position: 1, epoch: "e2");
        stream.Send(Down.Message(2, "new"));

        Assert.That((await ReadAsync()).Id, Is.EqualTo("new"));
        Client.Acknowledge(Current);
        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(2));
    }

    [Test]
    [Protocol("5.14")]
    public async Task Another_epoch_hands_out_once_what_it_still_has_and_what_it_has_lost()
    {
        var lost = (await ConnectAsync()).Send(Down.Message(1), Down.Message(2), Down.Message(3));
        lost.Send(Down.Message(4));
        await ReadAsync();
        await SettleAsync(lost);
        lost.Break();
        var stream = (await Server.NextAsync()).Open(position: 0, epoch: "e2");
        stream.Send(Down.Message(1, "m3"), Down.Message(2, "m5"));
        await SettleAsync(stream);

        var ids = new List<string>();
        for (var i = 0; i < 4; i++)
            ids.Add((await ReadAsync()).Id);

        Assert.That(ids, Is.EqualTo(new[] { "m2", "m4", "m3", "m5" }));
        Client.Acknowledge(Current);
        await Waits.EventuallyAsync("the new entries are acknowledged", () => stream.HasMore);
    }

    [Test]
    public async Task Another_epoch_does_not_hand_out_again_what_was_handled_or_is_in_hand()
    {
        var lost = (await ConnectAsync()).Send(Down.Message(1), Down.Message(2));
        await ReadAsync();
        await ReadAsync();
        lost.Break();
        var stream = (await Server.NextAsync()).Open(position: 0, epoch: "e2");
        stream.Send(Down.Message(1, "m1"), Down.Message(2, "m2"), Down.Message(3, "m3"));
        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(1));
        await SettleAsync(stream);
        Assert.That(stream.HasMore, Is.False);

        Assert.That((await ReadAsync()).Id, Is.EqualTo("m3"));
        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(2));
    }

    [Test]
    [Protocol("2.23", "2.31")]
    public async Task A_queue_that_got_shorter_is_not_gone_on_with()
    {
        var lost = (await ConnectAsync()).Send(Down.Message(1), Down.Message(2), Down.Message(3));
        await ReadAsync();
        await SettleAsync(lost);
        await using var changes = Client.WatchConnectionAsync().GetAsyncEnumerator();
        var change = changes.MoveNextAsync();
        lost.Break();
        Assert.That(await change.AsTask().WaitAsync(Waits.Deadline), Is.True);
        (await Server.NextAsync()).Open(position: 0, head: 2);

        while (changes.Current.Reason?.Contains("went back in time", StringComparison.Ordinal) != true)
            Assert.That(await changes.MoveNextAsync().AsTask().WaitAsync(Waits.Deadline), Is.True);
        Assert.That(changes.Current.State, Is.EqualTo(ConnectionState.Waiting));

        // Under another epoch it may be as short as it likes.
        var stream = (await Server.NextAsync()).Open(position: 0, epoch: "e2", head: 1);
        stream.Send(Down.Message(1, "new"));
        await Waits.EventuallyAsync("it goes on", () => Client.State == ConnectionState.Connected);
    }

    [Test]
    [Protocol("2.30", "2.31")]
    public async Task A_stream_that_is_refused_does_not_make_it_forget_where_it_stood()
    {
        var lost = (await ConnectAsync()).Send(Down.Message(1), Down.Message(2));
        await ReadAsync();
        await ReadAsync();
        Assert.That(await NextAcknowledgementAsync(lost), Is.EqualTo(1));
        lost.Break();
        var refused = await Server.NextAsync();
        Assert.That(refused.Request.Position?.ToString(), Does.Contain("e1"));
        refused.Refuse(new RpcException(new Status(StatusCode.FailedPrecondition, "it went back in time")));

        Assert.That((await Server.NextAsync()).Request.Position, Is.EqualTo(refused.Request.Position));
    }
}
