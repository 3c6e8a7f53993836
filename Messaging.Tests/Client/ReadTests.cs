using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Client;

[TestFixture(StoreKind.Memory)]
[TestFixture(StoreKind.File)]
internal sealed class ReadTests(StoreKind store) : ClientFixture(store)
{
    [Test]
    public async Task A_read_completes_with_its_answer()
    {
        var stream = await ConnectAsync();
        var read = Client.MarkReadAsync("bob", 3).Answered();
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
        var read = Client.MarkReadAsync("bob", 3).Answered();
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
        var first = Client.MarkReadAsync("bob", 3).Answered();
        var second = Client.MarkReadAsync("carol", 1).Answered();
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
        var read = Client.MarkReadAsync("bob", 3).Answered();
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
        var read = Client.MarkReadAsync("bob", 3).Answered();
        await stream.NextAsync();
        stream.Send(Down.ReadAnswer(1, 3), Down.Receipt(2, 1));

        await read.WaitAsync(Waits.Deadline);
        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(2));
    }

    [Test]
    public async Task A_higher_read_takes_the_place_of_one_that_waits()
    {
        var stream = await ConnectAsync();
        var onItsWay = Client.MarkReadAsync("bob", 1).Answered();
        await stream.NextAsync();
        var waiting = new[] { 2, 5, 4 }.Select(upTo => Client.MarkReadAsync("bob", upTo).Answered()).ToList();
        var other = Client.MarkReadAsync("carol", 3).Answered();
        await SettleAsync(stream);
        stream.Send(Down.ReadAnswer(0, 1));
        await onItsWay.WaitAsync(Waits.Deadline);

        Assert.That((await stream.NextAsync()).Signal.UserOffset, Is.EqualTo(5));
        Assert.That(waiting.Any(w => w.IsCompleted), Is.False);
        stream.Send(Down.ReadAnswer(0, 5));
        await Task.WhenAll(waiting).WaitAsync(Waits.Deadline);
        Assert.That((await stream.NextAsync()).Signal.To.User, Is.EqualTo("carol"));
        stream.Send(Down.ReadAnswer(0, 3));
        await other.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task Reads_that_wait_take_one_place_in_the_outbox()
    {
        for (var upTo = 1; upTo <= Options.MaxUnacceptedMessages * 2; upTo++)
            _ = Client.MarkReadAsync("bob", upTo);

        await SendAsync("a");
    }

    [Test]
    public async Task A_read_that_backs_off_keeps_its_place()
    {
        Jitter = 1;
        var stream = await ConnectAsync();
        var first = Client.MarkReadAsync("bob", 1).Answered();
        await stream.NextAsync();
        stream.Send(Down.NotAdvanced(""));
        await SettleAsync(stream);
        var second = (await Client.MarkReadAsync("bob", 2)).Accepted;

        Assert.That((await Time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(50), stream.NextAsync())).Signal.UserOffset,
            Is.EqualTo(1));
        stream.Send(Down.ReadAnswer(0, 1));
        await first.WaitAsync(Waits.Deadline);
        Assert.That((await stream.NextAsync()).Signal.UserOffset, Is.EqualTo(2));
        stream.Send(Down.ReadAnswer(0, 2));
        await second.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task A_played_message_is_marked_by_its_id()
    {
        var stream = await ConnectAsync();
        var played = Client.MarkPlayedAsync(Received("voice", userOffset: 7)).Answered();
        var sent = (await stream.NextAsync()).Signal;

        Assert.That(sent, Is.EqualTo(new Signal
        {
            Id = "voice",
            To = new V1.Identity { User = "bob" },
            UserOffset = 7,
            Status = SignalStatus.Played,
        }));
        stream.Send(Down.ReadAnswer(0, 7, "voice"));
        await played.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task No_read_takes_the_place_of_a_played()
    {
        var stream = await ConnectAsync();
        var first = Client.MarkReadAsync("bob", 1).Answered();
        await stream.NextAsync();
        var played = Client.MarkPlayedAsync(Received("voice", userOffset: 7)).Answered();
        var read = Client.MarkReadAsync("bob", 9).Answered();
        stream.Send(Down.ReadAnswer(0, 1));
        await first.WaitAsync(Waits.Deadline);

        Assert.That((await stream.NextAsync()).Signal.Status, Is.EqualTo(SignalStatus.Played));
        stream.Send(Down.ReadAnswer(0, 7, "voice"));
        await played.WaitAsync(Waits.Deadline);
        Assert.That((await stream.NextAsync()).Signal.UserOffset, Is.EqualTo(9));
        stream.Send(Down.ReadAnswer(0, 9));
        await read.WaitAsync(Waits.Deadline);
    }

    [Test]
    public void The_users_own_message_cannot_be_marked()
    {
        var own = Received("a", 1) with { Role = MessageRole.Device };

        Assert.That(async () => await Client.MarkReadAsync(own), Throws.ArgumentException);
        Assert.That(async () => await Client.MarkPlayedAsync(own), Throws.ArgumentException);
    }
}
