using Messaging.Client;
using Messaging.Tests.Client.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client;

internal sealed class ParkingTests : ClientFixture
{
    protected override MessagingClientOptions Options => base.Options with { MaxUnacceptedMessages = 2 };

    [Test]
    public async Task A_refused_message_is_parked_as_it_was_sent_with_the_reason()
    {
        var stream = await ConnectAsync();
        await ParkAsync(stream, "a");

        var parked = Client.ParkedMessages.Single();

        Assert.That(parked.Code, Is.EqualTo("permission_denied"));
        Assert.That(parked.Text, Is.EqualTo("not to bob"));
        Assert.That(parked.Message, Has.Property("Id").EqualTo("a").And.Property("To").EqualTo("bob"));
        Assert.That(parked.Message.Payload.ToArray(), Is.EqualTo("hello"u8.ToArray()));
    }

    [Test]
    public async Task Parked_messages_hold_up_no_others()
    {
        var stream = await ConnectAsync();
        for (var i = 0; i < 5; i++)
            await ParkAsync(stream, $"m{i}");

        await SettleAsync(stream);

        Assert.That(Client.ParkedMessages.Select(p => p.Message.Id), Is.EqualTo(new[] { "m0", "m1", "m2", "m3", "m4" }));
    }

    [Test]
    public async Task A_parked_message_is_sent_again_byte_for_byte()
    {
        var stream = await ConnectAsync();
        var first = await ParkAsync(stream, "a");
        Time.Advance(TimeSpan.FromHours(1));

        var handle = await Client.RetryAsync(Client.ParkedMessages.Single()).AsTask().WaitAsync(Waits.Deadline);

        Assert.That(await stream.NextMessageAsync(), Is.EqualTo(first));
        Assert.That(Client.ParkedMessages, Is.Empty);
        stream.Send(Down.Accepted("a", 1, 1));
        await handle.Accepted.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task A_message_that_is_refused_again_is_parked_again()
    {
        var stream = await ConnectAsync();
        await ParkAsync(stream, "a");
        var handle = await Client.RetryAsync(Client.ParkedMessages.Single()).AsTask().WaitAsync(Waits.Deadline);
        await stream.NextAsync();
        stream.Send(Down.Error("a", "already_exists: another message"));
        await RefusedAsync(handle);

        Assert.That(Client.ParkedMessages.Single().Code, Is.EqualTo("already_exists"));
    }

    [Test]
    public async Task A_dropped_message_is_gone()
    {
        var stream = await ConnectAsync();
        await ParkAsync(stream, "a");
        var parked = Client.ParkedMessages.Single();

        Assert.That(Client.Drop(parked), Is.True);

        Assert.That(Client.Drop(parked), Is.False);
        Assert.That(Client.ParkedMessages, Is.Empty);
        Assert.That(async () => await Client.RetryAsync(parked), Throws.ArgumentException);
    }

    [Test]
    public async Task Sending_a_parked_id_again_takes_it_out()
    {
        var stream = await ConnectAsync();
        await ParkAsync(stream, "a");

        await SendAsync("a", to: "carol");

        Assert.That(Client.ParkedMessages, Is.Empty);
    }

    [Test]
    public async Task Past_the_limit_the_oldest_is_forgotten()
    {
        var stream = await ConnectAsync();
        for (var i = 0; i < 1025; i++)
            await ParkAsync(stream, $"m{i}");

        Assert.That(Client.ParkedMessages, Has.Count.EqualTo(1024));
        Assert.That(Client.ParkedMessages[0].Message.Id, Is.EqualTo("m1"));
    }

    private async Task<V1.Message> ParkAsync(ScriptedStream stream, string id)
    {
        var handle = await SendAsync(id);
        var sent = await stream.NextMessageAsync();
        stream.Send(Down.Error(id, "permission_denied: not to bob"));
        await RefusedAsync(handle);
        return sent;
    }

    private static async Task RefusedAsync(SendHandle handle) =>
        await Assert.ThatAsync(async () => await handle.Accepted.WaitAsync(Waits.Deadline),
            Throws.TypeOf<MessageRefusedException>());
}
