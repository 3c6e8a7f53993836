using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Protocol;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Client;

internal sealed class ReceivingTests : ClientFixture
{
    [Test]
    [Protocol("5.17")]
    public async Task A_message_is_acknowledged_once_the_next_one_is_asked_for()
    {
        var stream = (await ConnectAsync()).Send(Down.Message(1));
        Assert.That((await ReadAsync()).Id, Is.EqualTo("m1"));
        Assert.That(stream.HasMore, Is.False);

        var next = ReadAsync();

        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(1));
        stream.Send(Down.Message(2));
        Assert.That((await next).Id, Is.EqualTo("m2"));
    }

    [Test]
    public async Task A_message_can_be_acknowledged_without_asking_for_the_next()
    {
        var stream = (await ConnectAsync()).Send(Down.Message(1));

        Client.Acknowledge(await ReadAsync());

        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(1));
    }

    [Test]
    [Protocol("4.27")]
    public async Task An_acknowledgement_that_is_refused_goes_again_after_a_back_off()
    {
        Jitter = 0.5;
        var stream = (await ConnectAsync()).Send(Down.Message(1));
        Client.Acknowledge(await ReadAsync());
        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(1));

        stream.Send(Down.NotAdvanced(""));
        await SettleAsync(stream);
        Assert.That(stream.HasMore, Is.False);
        Time.Advance(Options.RetryBaseDelay);

        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(1));
    }

    [Test]
    public async Task A_message_that_was_left_comes_first_in_the_next_enumeration()
    {
        (await ConnectAsync()).Send(Down.Message(1));
        await ReadAsync();
        await LeaveAsync();

        Assert.That((await ReadAsync()).Id, Is.EqualTo("m1"));
    }

    [Test]
    public async Task A_second_reader_is_turned_away()
    {
        (await ConnectAsync()).Send(Down.Message(1));
        await ReadAsync();
        await using var second = Client.ReceiveAsync().GetAsyncEnumerator();

        Assert.That(async () => await second.MoveNextAsync(), Throws.InvalidOperationException);
    }

    [Test]
    [Protocol("1.15", "5.13")]
    public async Task Duplicates_do_not_reach_the_application_after_a_reconnect()
    {
        var lost = (await ConnectAsync()).Send(Down.Message(1), Down.Message(2));
        await ReadAsync();
        Assert.That((await ReadAsync()).Id, Is.EqualTo("m2"));
        lost.Break();
        var stream = (await Server.NextAsync()).Open();
        stream.Send(Down.Message(1), Down.Message(2), Down.Message(3));

        Assert.That((await ReadAsync()).Id, Is.EqualTo("m3"));
    }

    [Test]
    public async Task What_was_handled_while_no_stream_stood_is_acknowledged_on_the_next()
    {
        var lost = (await ConnectAsync()).Send(Down.Message(1));
        await ReadAsync();
        lost.Break();
        var stream = await Server.NextAsync();
        var next = ReadAsync();
        stream.Open();

        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(1));
        stream.Send(Down.Message(2));
        Assert.That((await next).Id, Is.EqualTo("m2"));
    }

    [Test]
    [Protocol("2.39", "2.42")]
    public async Task A_position_signal_accounts_for_what_is_skipped()
    {
        (await ConnectAsync()).Send(Down.Position(4), Down.Message(5), Down.Position(2), Down.Message(6));

        Assert.That((await ReadAsync()).Id, Is.EqualTo("m5"));
        Assert.That((await ReadAsync()).Id, Is.EqualTo("m6"));
    }

    [Test]
    [Protocol("4.12", "5.11")]
    public async Task Own_answers_count_as_entries_of_the_queue()
    {
        var stream = await ConnectAsync();
        await SendAsync("a");
        await stream.NextAsync();
        stream.Send(Down.Accepted("a", offset: 1, userOffset: 1), Down.Message(2));

        Assert.That((await ReadAsync()).Id, Is.EqualTo("m2"));
    }

    [Test]
    public async Task Behind_an_unhandled_message_receipts_count_but_are_not_acknowledged()
    {
        var stream = await ConnectAsync();
        var handle = await SendAsync("a");
        await stream.NextAsync();
        stream.Send(Down.Accepted("a", 1, 1), Down.Message(2), Down.Receipt(3, userOffset: 1));
        await handle.Received.WaitAsync(Waits.Deadline);
        await SettleAsync(stream);
        Assert.That(stream.HasMore, Is.False);
        Client.Acknowledge(await ReadAsync());

        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(3));
    }

    [Test]
    public async Task Receipts_are_acknowledged_where_nobody_reads()
    {
        var stream = (await ConnectAsync()).Send(Down.Receipt(1, 1));

        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(1));
    }

    [Test]
    public async Task A_message_that_this_client_holds_a_handle_for_is_not_handed_out()
    {
        var lost = await ConnectAsync();
        await SendAsync("a");
        await lost.NextAsync();
        lost.Break();
        var stream = (await Server.NextAsync()).Open();
        stream.Send(Down.Message(1, "a", "alice", SignalType.Sender), Down.Accepted("a", 1, 1), Down.Message(2));

        Assert.That((await ReadAsync()).Id, Is.EqualTo("m2"));
    }

    [Test]
    [Protocol("4.18", "4.20")]
    public async Task The_answer_to_a_repeat_leaves_it_open_whether_the_entry_comes()
    {
        var lost = await ConnectAsync();
        await SendAsync("a");
        await SendAsync("b");
        await lost.NextAsync();
        await lost.NextAsync();
        lost.Break();
        var stream = (await Server.NextAsync()).Open();
        // The entry of the first comes again, the second one's answer was its delivery.
        stream.Send(Down.Accepted("a", 1, 1), Down.Message(1, "a", "alice", SignalType.Sender));
        stream.Send(Down.Accepted("b", 2, 2), Down.Message(3));

        Assert.That((await ReadAsync()).Id, Is.EqualTo("m3"));
    }

    [Test]
    [Protocol("5.13")]
    public async Task An_entry_that_its_answer_delivered_is_acknowledged_where_it_comes_again()
    {
        var lost = await ConnectAsync();
        await SendAsync("a");
        await lost.NextAsync();
        lost.Send(Down.Accepted("a", 1, 1));
        await SettleAsync(lost);
        lost.Break();
        var stream = (await Server.NextAsync()).Open();
        stream.Send(Down.Message(1, "a", "alice", SignalType.Sender));

        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(1));
    }

    [Test]
    public async Task A_message_that_an_earlier_client_of_this_device_sent_is_handed_out()
    {
        (await ConnectAsync()).Send(Down.Message(1, "a", "alice", SignalType.Sender));

        var message = await ReadAsync();

        Assert.That(message, Has.Property("Role").EqualTo(MessageRole.Sender).And.Property("Peer").EqualTo("bob"));
    }

    [Test]
    public async Task A_report_acknowledges_nothing()
    {
        var stream = (await ConnectAsync()).Send(Down.Message(1));
        await using var reader = Client.ReceiveAsync().GetAsyncEnumerator();
        await reader.MoveNextAsync().AsTask().WaitAsync(Waits.Deadline);
        var report = Client.ReportUnusableAsync(reader.Current, "no key").Answered();
        await stream.NextAsync();
        stream.Send(Down.Taken("m1"));
        await report.WaitAsync(Waits.Deadline);
        await SettleAsync(stream);

        Assert.That(stream.HasMore, Is.False);
    }
}
