using Google.Protobuf;
using Messaging.Client;
using Messaging.Client.Storage;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Client.Storage;

internal partial class StoreContract
{
    [Test]
    public async Task The_outbox_is_found_again_in_order_and_byte_for_byte()
    {
        var sent = new[] { Outgoing("b"), Outgoing("a", to: "carol", text: "x"), Outgoing("c", text: "") };
        for (var i = 0; i < sent.Length; i++)
            await WriteAsync(new AddMessage(i + 1, sent[i]));
        var frame = new Frame { Signal = new Signal { Id = "m1", Status = SignalStatus.Played, UserOffset = 3, To = new() } };
        await WriteAsync(new AddSignal(new StoredEntry(9, frame)));
        await NextClientAsync();

        var left = await LoadAsync();

        Assert.That(left.Entries.Select(e => e.Sequence), Is.EqualTo(new[] { 1, 2, 3, 9 }));
        Assert.That(left.Entries.Select(e => e.Frame.ToByteArray()), Is.EqualTo(
            sent.Select(m => new Frame { Message = m }).Append(frame).Select(f => f.ToByteArray())));
        Assert.That(left.LastSequence, Is.EqualTo(9));
    }

    [Test]
    public async Task What_the_server_has_answered_is_not_found_again()
    {
        await SendAsync("a", 1);
        var read = await ReadAsync(1);
        await WriteAsync(new Settle(read, "bob", 1));
        var withdrawn = await AddAsync("b");
        await WriteAsync(new Withdraw(withdrawn));
        await NextClientAsync();

        Assert.That((await LoadAsync()).Entries, Is.Empty);
        Assert.That(await StatesAsync(), Is.EqualTo("a Sent"));
    }

    [Test]
    public async Task A_parked_message_waits_with_its_reason_and_is_not_sent()
    {
        await ParkAsync(await AddAsync("a"));
        await AddAsync("b");
        await NextClientAsync();

        var parked = (await ParkedAsync()).Single();

        Assert.That(parked.Frame.Message, Is.EqualTo(Outgoing("a")));
        Assert.That(parked.Refusal.ToString(), Is.EqualTo("permission_denied: not to bob"));
        Assert.That((await LoadAsync()).Entries.Single().Frame.Message.Id, Is.EqualTo("b"));
        Assert.That(await StatesAsync(), Is.EqualTo("a Refused, b Pending"));
        Assert.That((await MessagesAsync())[0].Error, Is.EqualTo("permission_denied: not to bob"));
    }

    [Test]
    public async Task A_parked_message_that_is_sent_again_is_the_last_of_its_conversation()
    {
        await ParkAsync(await AddAsync("a"));
        await AddAsync("b");
        await AddAsync("a");
        await NextClientAsync();

        Assert.That(await ParkedAsync(), Is.Empty);
        Assert.That((await LoadAsync()).Entries.Select(e => e.Frame.Message.Id), Is.EqualTo(new[] { "b", "a" }));
        Assert.That(await StatesAsync(), Is.EqualTo("b Pending, a Pending"));
    }

    [Test]
    public async Task A_parked_id_may_be_sent_to_another_user_with_other_content()
    {
        await ParkAsync(await AddAsync("a"));
        await AddAsync("a", to: "carol", text: "other");

        Assert.That(await MessagesAsync(), Is.Empty);
        Assert.That((await MessagesAsync("carol")).Single().Payload.ToArray(), Is.EqualTo("other"u8.ToArray()));
    }

    [Test]
    public async Task A_dropped_message_is_gone()
    {
        await ParkAsync(await AddAsync("a"));
        var (first, second) = (new DropParked("a"), new DropParked("a"));
        await WriteAsync(first);
        await WriteAsync(second);
        await NextClientAsync();

        Assert.That((first.WasParked, second.WasParked), Is.EqualTo((true, false)));
        Assert.That(await ParkedAsync(), Is.Empty);
        Assert.That(await MessagesAsync(), Is.Empty);
    }

    [Test]
    public async Task A_message_takes_the_place_of_a_parked_one_in_one_step()
    {
        await ParkAsync(await AddAsync("a"));
        await WriteAsync(new AddMessage(7, Outgoing("b"), Replaced: "a"));

        Assert.That(await ParkedAsync(), Is.Empty);
        Assert.That(await StatesAsync(), Is.EqualTo("b Pending"));
    }

    [Test]
    public async Task An_id_that_was_accepted_may_be_sent_again_and_loses_nothing()
    {
        await SendAsync("a", 1);
        await TakeAsync(ReceiptKind.Read, 1);
        var again = await AddAsync("a", text: "other");
        await NextClientAsync();
        Assert.That((await LoadAsync()).Entries.Single().Frame.Message, Is.EqualTo(Outgoing("a", text: "other")));

        await ParkAsync(again, "already_exists");

        Assert.That(await StatesAsync(), Is.EqualTo("a Read"));
        Assert.That((await ParkedAsync()).Single().Frame.Message.Payload.ToStringUtf8(), Is.EqualTo("other"));
        await WriteAsync(new DropParked("a"));
        Assert.That(await StatesAsync(), Is.EqualTo("a Read"));
    }

    [Test]
    public async Task What_is_known_of_a_sent_message_is_found_by_its_id()
    {
        await SendAsync("a", 3);
        await ParkAsync(await AddAsync("b"));
        await TakeAsync("c", 4, from: "alice");
        await TakeAsync("d", 5);
        await NextClientAsync();

        var accepted = (await Store.FindSentAsync("a", default))!;
        Assert.That(accepted.Acceptance, Is.EqualTo(new Acceptance(3, 1, DateTimeOffset.UnixEpoch)));
        Assert.That((accepted.Message.State, accepted.IsOfThisEpoch), Is.EqualTo((MessageState.Sent, true)));
        Assert.That((await Store.FindSentAsync("b", default))!.Refusal?.Code, Is.EqualTo("permission_denied"));
        Assert.That((await Store.FindSentAsync("c", default))!.Acceptance, Is.Null);
        Assert.That(await Store.FindSentAsync("d", default), Is.Null);
    }

    [Test]
    public async Task The_next_client_finds_the_watermarks_of_the_conversations_that_it_sends_to()
    {
        await SendAsync("a", 1);
        await TakeAsync(ReceiptKind.Received, 1);
        await AddAsync("b");
        await NextClientAsync();

        Assert.That((await LoadAsync()).Watermarks.Single(), Is.EqualTo(new StoredWatermarks("bob", 1, 0)));
    }
}
