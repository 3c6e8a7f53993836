using Messaging.Client;
using Messaging.Tests.Client.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>When acknowledgements go, and what happens where they do not.</summary>
internal sealed class WindowTests : ClientFixture
{
    private const int Window = 8;

    protected override MessagingClientOptions Options =>
        base.Options with { AcknowledgementDelay = TimeSpan.FromMilliseconds(5) };

    [Test]
    public async Task The_first_acknowledgement_goes_at_once_and_the_next_ones_together()
    {
        var stream = await ConnectAsync();
        stream.Send(Down.Receipt(1, 1));
        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(1));
        stream.Send(Down.Receipt(2, 2), Down.Receipt(3, 3));
        await SettleAsync(stream);
        Assert.That(stream.HasMore, Is.False);

        Time.Advance(TimeSpan.FromMilliseconds(5));

        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(3));
        Assert.That(stream.HasMore, Is.False);
    }

    [Test]
    public async Task Half_a_window_is_acknowledged_at_once()
    {
        _ = Client;
        var stream = (await Server.NextAsync()).Open(window: Window);
        stream.Send(Down.Receipt(1, 1));
        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(1));
        stream.Send(Down.Receipt(2, 2), Down.Receipt(3, 3), Down.Receipt(4, 4));
        await SettleAsync(stream);
        Assert.That(stream.HasMore, Is.False);

        stream.Send(Down.Receipt(5, 5));

        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(5));
    }

    [Test]
    public async Task Closing_waits_for_no_others_to_join()
    {
        var stream = (await ConnectAsync()).Send(Down.Receipt(1, 1));
        await NextAcknowledgementAsync(stream);
        stream.Send(Down.Receipt(2, 2));
        await SettleAsync(stream);

        await Client.DisposeAsync().AsTask().WaitAsync(Waits.Deadline);

        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(2));
    }

    [Test]
    public async Task A_window_of_unhandled_messages_pauses_the_queue_and_answers_still_flow()
    {
        _ = Client;
        var stream = (await Server.NextAsync()).Open(window: 3);
        stream.Send(Down.Message(1), Down.Message(2));
        await SettleAsync(stream);
        Assert.That(Client.IsHeldBack, Is.False);
        stream.Send(Down.Receipt(3, 1));
        await SettleAsync(stream);

        Assert.That(Client.IsHeldBack, Is.True);
        Assert.That(stream.HasMore, Is.False);
        await using var reader = Client.ReceiveAsync().GetAsyncEnumerator();
        await reader.MoveNextAsync().AsTask().WaitAsync(Waits.Deadline);
        Client.Acknowledge(reader.Current);
        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(1));
        Assert.That(Client.IsHeldBack, Is.False);
    }

    [Test]
    public async Task A_server_that_sends_past_its_window_is_left()
    {
        _ = Client;
        var stream = (await Server.NextAsync()).Open(window: 2);
        stream.Send(Down.Message(1), Down.Message(2), Down.Message(3));

        (await Server.NextAsync()).Open(window: 2).Send(Down.Message(1), Down.Message(2));

        var ids = new List<string>();
        await using var reader = Client.ReceiveAsync().GetAsyncEnumerator();
        for (var i = 0; i < 2; i++)
        {
            Assert.That(await reader.MoveNextAsync().AsTask().WaitAsync(Waits.Deadline), Is.True);
            ids.Add(reader.Current.Id);
        }
        Assert.That(ids, Is.EqualTo(new[] { "m1", "m2" }));
    }
}
