using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Client;

internal sealed class ReadTests : ClientFixture
{
    [Test]
    public async Task A_read_completes_with_its_answer()
    {
        var stream = await ConnectAsync();
        var read = Client.MarkReadAsync("bob", 3);
        var sent = (await stream.NextAsync()).Signal;
        Assert.That(sent, Is.EqualTo(new Signal
        {
            To = new V1.Identity { User = "bob" },
            UserOffset = 3,
            SignalAckState = new SignalAckState { Read = true },
        }));
        Assert.That(read.IsCompleted, Is.False);

        stream.Send(Down.ReadAnswer(1, 3));

        await read.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task A_read_goes_again_on_the_next_stream_until_it_is_answered()
    {
        var lost = await ConnectAsync();
        var read = Client.MarkReadAsync("bob", 3);
        var first = await lost.NextAsync();
        lost.Break();
        var stream = (await Server.NextAsync()).Open();

        Assert.That(await stream.NextAsync(), Is.EqualTo(first));
        stream.Send(Down.ReadAnswer(0, 3));
        await read.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task Reads_go_one_at_a_time()
    {
        var stream = await ConnectAsync();
        var first = Client.MarkReadAsync("bob", 3);
        var second = Client.MarkReadAsync("carol", 1);
        await stream.NextAsync();
        await SettleAsync(stream);
        Assert.That(stream.HasMore, Is.False);
        stream.Send(Down.Error("", "out_of_range: past the head"));

        Assert.That((await stream.NextAsync()).Signal.To.User, Is.EqualTo("carol"));
        Assert.That(async () => await first.WaitAsync(Waits.Deadline), Throws.TypeOf<ReadRefusedException>()
            .With.Property("Code").EqualTo("out_of_range"));
        stream.Send(Down.ReadAnswer(1, 1));
        await second.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task A_read_that_has_not_advanced_goes_again()
    {
        var stream = await ConnectAsync();
        var read = Client.MarkReadAsync("bob", 3);
        await stream.NextAsync();
        stream.Send(Down.NotAdvanced(""));

        await stream.NextAsync();
        stream.Send(Down.ReadAnswer(1, 3));
        await read.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task The_answer_to_a_read_counts_as_its_entry()
    {
        var stream = await ConnectAsync();
        var read = Client.MarkReadAsync("bob", 3);
        await stream.NextAsync();
        stream.Send(Down.ReadAnswer(1, 3), Down.Receipt(2, 1));

        await read.WaitAsync(Waits.Deadline);
        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(2));
    }

    [Test]
    public void The_users_own_message_cannot_be_marked()
    {
        var own = new ReceivedMessage
        {
            Id = "a",
            From = new("alice", "laptop"),
            To = new("bob", ""),
            Role = MessageRole.Device,
            UserOffset = 1,
            SignalOffset = 1,
            Timestamp = Time.GetUtcNow(),
            Payload = default,
        };

        Assert.That(async () => await Client.MarkReadAsync(own), Throws.ArgumentException);
    }
}
