using Messaging.Client;
using Messaging.Tests.Client.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client;

[TestFixture(StoreKind.Memory)]
[TestFixture(StoreKind.File)]
internal sealed class ParkingTests(StoreKind store) : ClientFixture(store)
{
    protected override MessagingClientOptions Options => base.Options with { MaxUnacceptedMessages = 2 };

    [Test]
    public async Task A_refused_message_is_parked_as_it_was_sent_with_the_reason()
    {
        var stream = await ConnectAsync();
        await ParkAsync(stream, "a");

        var parked = (await ParkedAsync()).Single();

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

        Assert.That((await ParkedAsync()).Select(p => p.Message.Id), Is.EqualTo(new[] { "m0", "m1", "m2", "m3", "m4" }));
    }

    [Test]
    public async Task A_parked_message_is_sent_again_byte_for_byte()
    {
        var stream = await ConnectAsync();
        var first = await ParkAsync(stream, "a");
        Time.Advance(TimeSpan.FromHours(1));

        var handle = await Client.RetryAsync((await ParkedAsync()).Single()).WaitAsync(Waits.Deadline);

        Assert.That(await stream.NextMessageAsync(), Is.EqualTo(first));
        Assert.That((await ParkedAsync()), Is.Empty);
        stream.Send(Down.Accepted("a", 1, 1));
        await handle.Accepted.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task A_message_that_is_refused_again_is_parked_again()
    {
        var stream = await ConnectAsync();
        await ParkAsync(stream, "a");
        var handle = await Client.RetryAsync((await ParkedAsync()).Single()).WaitAsync(Waits.Deadline);
        await stream.NextAsync();
        stream.Send(Down.Error("a", "already_exists: another message"));
        await RefusedAsync(handle);

        Assert.That((await ParkedAsync()).Single().Code, Is.EqualTo("already_exists"));
    }

    [Test]
    public async Task A_dropped_message_is_gone()
    {
        var stream = await ConnectAsync();
        await ParkAsync(stream, "a");
        var parked = (await ParkedAsync()).Single();

        Assert.That(await Client.DropAsync(parked), Is.True);

        Assert.That(await Client.DropAsync(parked), Is.False);
        Assert.That((await ParkedAsync()), Is.Empty);
        Assert.That(async () => await Client.RetryAsync(parked), Throws.ArgumentException);
    }

    [Test]
    public async Task Sending_a_parked_id_again_takes_it_out()
    {
        var stream = await ConnectAsync();
        await ParkAsync(stream, "a");

        await SendAsync("a", to: "carol");

        Assert.That((await ParkedAsync()), Is.Empty);
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
