using Messaging.Tests.Client.Support;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §2 and §5: what a client makes of answers in another order, and of another epoch.</summary>
internal sealed class ClientOrderTests : ClientFixture
{
    [Test]
    [Protocol("5.36")]
    public async Task Answers_are_matched_by_their_ids_in_whatever_order_they_come()
    {
        var stream = await ConnectAsync();
        var first = await SendAsync("a");
        var second = await SendAsync("b", to: "carol");
        await stream.NextAsync();
        await stream.NextAsync();
        stream.Send(Down.Accepted("b", offset: 2, userOffset: 8), Down.Accepted("a", offset: 1, userOffset: 7));

        Assert.That((await first.Accepted.WaitAsync(Waits.Deadline)).UserOffset, Is.EqualTo(7));
        Assert.That((await second.Accepted.WaitAsync(Waits.Deadline)).UserOffset, Is.EqualTo(8));
    }

    [Test]
    [Protocol("2.22")]
    public async Task Under_another_epoch_the_outbox_goes_again_and_the_position_is_the_one_that_was_named()
    {
        var lost = await ConnectAsync();
        await SendAsync("a");
        await SendAsync("b");
        await lost.NextAsync();
        await lost.NextAsync();
        lost.Break();
        var stream = (await Server.NextAsync()).Open(position: 5, epoch: "e2");

        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("a"));
        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("b"));
        stream.Break();
        Assert.That(
            (await Server.NextAsync()).Request.Headers(), Has.Member(KeyValuePair.Create("messaging-position", "e2/5")));
    }
}
