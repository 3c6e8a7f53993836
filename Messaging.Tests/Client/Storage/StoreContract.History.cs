using Messaging.Client;
using Messaging.Client.Storage;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Client.Storage;

internal partial class StoreContract
{
    [Test]
    public async Task A_conversation_has_what_was_sent_and_received_in_its_order()
    {
        await AddAsync("pending");
        await SendAsync("third", 3);
        await TakeAsync("first", 1);
        await TakeAsync("second", 2, from: "alice");
        await AddAsync("waiting");
        await AddAsync("other", to: "carol");
        await NextClientAsync();

        Assert.That(await StatesAsync(),
            Is.EqualTo("first Received, second Sent, third Sent, pending Pending, waiting Pending"));
        var messages = await MessagesAsync();
        Assert.That(messages.Select(m => m.UserOffset), Is.EqualTo(new int?[] { 1, 2, 3, null, null }));
        Assert.That(messages.Select(m => m.From.ToString()), Is.EqualTo(new[]
        {
            new Messaging.Client.Identity("bob", "laptop"), new("alice", "laptop"), new("alice", "phone"),
            new("alice", "phone"), new("alice", "phone"),
        }.Select(i => i.ToString())));
        Assert.That(messages.Select(m => m.Peer), Is.All.EqualTo("bob"));
    }

    [Test]
    public async Task A_history_is_read_page_by_page()
    {
        for (var i = 1; i <= 5; i++)
            await TakeAsync($"m{i}", i);
        await AddAsync("p1");
        await AddAsync("p2");
        var pages = new List<string>();

        StoredMessage? before = null;
        while (await Store.ReadMessagesAsync("bob", before?.Place, 3, default) is { Count: > 0 } page)
        {
            pages.Add(string.Join(' ', page.Select(m => m.Id)));
            before = page[0];
        }

        Assert.That(pages, Is.EqualTo(new[] { "m5 p1 p2", "m2 m3 m4", "m1" }));
    }

    [Test]
    public async Task Conversations_come_with_the_newest_message_first()
    {
        await SendAsync("a", 1, to: "carol");
        await TakeAsync("b", 1);
        await AddAsync("c", to: "dave");
        await NextClientAsync();

        var conversations = await ConversationsAsync();
        Assert.That(conversations.Select(c => $"{c.Peer} {c.Unread} {c.LastMessage!.Id} {c.LastMessage.State}"),
            Is.EqualTo(new[] { "dave 0 c Pending", "bob 1 b Received", "carol 0 a Sent" }));
        var rest = await Store.ReadConversationsAsync(conversations[0].LastNumber, 1, default);
        Assert.That(rest.Single().Peer, Is.EqualTo("bob"));
    }

    [Test]
    public async Task What_is_read_here_is_no_longer_unread_before_the_server_knows()
    {
        for (var i = 1; i <= 3; i++)
            await TakeAsync($"m{i}", i);
        await SendAsync("a", 4);
        Assert.That(await UnreadAsync(), Is.EqualTo(3));

        await ReadAsync(2);
        await NextClientAsync();

        Assert.That(await UnreadAsync(), Is.EqualTo(1));
        Assert.That(await StatesAsync(), Is.EqualTo("m1 Read, m2 Read, m3 Received, a Sent"));
        Assert.That((await ConversationsAsync()).Single().ReadUpTo, Is.EqualTo(2));
    }

    [Test]
    public async Task A_read_past_what_is_here_does_not_read_what_is_to_come()
    {
        await TakeAsync("m1", 1);
        await ReadAsync(1000);
        await TakeAsync("m2", 2);

        Assert.That(await UnreadAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task What_the_server_answers_to_a_read_counts()
    {
        await TakeAsync("m1", 1);
        await TakeAsync("m2", 2);
        await WriteAsync(new Settle(await ReadAsync(1), "bob", ReadUpTo: 2));

        Assert.That(await UnreadAsync(), Is.Zero);
    }

    [Test]
    public async Task What_is_read_on_another_device_is_no_longer_unread()
    {
        for (var i = 1; i <= 3; i++)
            await TakeAsync($"m{i}", i);
        await TakeAsync(ReceiptKind.ReadByMe, 2);
        await TakeAsync(ReceiptKind.ReadByMe, 1);
        await NextClientAsync();

        Assert.That(await UnreadAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_message_that_comes_with_the_flag_is_read_already()
    {
        await TakeAsync("m1", 1);
        await TakeAsync("m2", 2, flags: new SignalAckState { Send = true, Received = true, Read = true });
        await TakeAsync("m3", 3, flags: new SignalAckState { Send = true, Received = true });

        Assert.That(await UnreadAsync(), Is.EqualTo(1));
        Assert.That(await StatesAsync(), Is.EqualTo("m1 Read, m2 Read, m3 Received"));
    }

    [Test]
    public async Task A_message_that_comes_again_is_kept_once()
    {
        await TakeAsync("m1", 1);
        await TakeAsync("m1", 1);

        Assert.That(await StatesAsync(), Is.EqualTo("m1 Received"));
        Assert.That(await UnreadAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_receipt_covers_every_message_of_this_user_up_to_it_and_is_never_taken_back()
    {
        await SendAsync("a", 1);
        await TakeAsync("b", 2, from: "alice");
        await SendAsync("c", 3);
        await SendAsync("d", 4);
        await TakeAsync("m1", 5);
        await TakeAsync(ReceiptKind.Received, 3);
        await TakeAsync(ReceiptKind.Read, 2);
        await TakeAsync(ReceiptKind.Received, 1);
        await NextClientAsync();

        Assert.That(await StatesAsync(), Is.EqualTo("a Read, b Read, c Received, d Sent, m1 Received"));
    }

    [Test]
    public async Task A_message_of_another_device_comes_with_its_ticks()
    {
        await TakeAsync("a", 1, from: "alice", flags: new SignalAckState { Send = true, Received = true });
        await TakeAsync("b", 2, from: "alice", flags: new SignalAckState { Send = true });

        Assert.That(await StatesAsync(), Is.EqualTo("a Received, b Sent"));
    }

    [Test]
    public async Task A_receipt_that_comes_before_the_answer_counts()
    {
        var sequence = await AddAsync("a");
        await TakeAsync(ReceiptKind.Read, 1);
        Assert.That(await StatesAsync(), Is.EqualTo("a Pending"));
        await WriteAsync(new Accept(sequence, new Acceptance(1, 1, DateTimeOffset.UnixEpoch)));

        Assert.That(await StatesAsync(), Is.EqualTo("a Read"));
    }

    [Test]
    public async Task The_entry_of_a_message_that_waits_for_its_answer_says_that_it_was_accepted()
    {
        await AddAsync("a");
        await TakeAsync("a", 1, from: "alice");

        Assert.That(await StatesAsync(), Is.EqualTo("a Sent"));
    }

    [Test]
    public async Task A_note_to_oneself_is_read_when_it_is_accepted()
    {
        await SendAsync("a", 1, to: "alice");

        Assert.That((await MessagesAsync("alice")).Single().State, Is.EqualTo(MessageState.Read));
        Assert.That((await ConversationsAsync()).Single().Unread, Is.Zero);
    }

    [Test]
    public async Task A_report_is_kept_with_its_message()
    {
        await SendAsync("a", 1);
        await TakeAsync(ReceiptKind.Unusable, 1, "a", "it does not decrypt");

        Assert.That((await MessagesAsync()).Single().Error, Is.EqualTo("it does not decrypt"));
    }

    [Test]
    public async Task The_last_message_of_the_other_is_found_also_up_to_an_offset()
    {
        await TakeAsync("m1", 1);
        await TakeAsync("m2", 3);
        await SendAsync("a", 4);

        Assert.That((await Store.FindLastOfOthersAsync("bob", null, default))?.Id, Is.EqualTo("m2"));
        Assert.That((await Store.FindLastOfOthersAsync("bob", 2, default))?.Id, Is.EqualTo("m1"));
        Assert.That(await Store.FindLastOfOthersAsync("carol", null, default), Is.Null);
    }
}
