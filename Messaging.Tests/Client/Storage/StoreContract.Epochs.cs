using Messaging.Client;
using Messaging.Client.Inbox;
using Messaging.Client.Storage;
using NUnit.Framework;

namespace Messaging.Tests.Client.Storage;

internal partial class StoreContract
{
    [Test]
    public async Task The_position_is_found_again_with_its_epoch()
    {
        await TakeAsync("m1", 1);
        Store.SavePosition(new StoredPosition("other", new SignalOffset(9)));
        Store.SavePosition(new StoredPosition("e1", new SignalOffset(7)));
        await NextClientAsync();
        Assert.That((await LoadAsync()).Position, Is.EqualTo(new StoredPosition("e1", new SignalOffset(7))));

        await EpochAsync("e2");
        await NextClientAsync();

        var left = await LoadAsync();
        Assert.That(left.Position, Is.EqualTo(new StoredPosition("e2", SignalOffset.None)));
        Assert.That(left.Era, Is.EqualTo(1));
    }

    [Test]
    public async Task Another_epoch_takes_back_no_state_and_no_count()
    {
        await TakeAsync("m1", 1);
        await TakeAsync("m2", 2);
        await TakeAsync(ReceiptKind.ReadByMe, 1);
        await SendAsync("a", 3);
        await SendAsync("b", 4);
        await SendAsync("c", 5);
        await TakeAsync(ReceiptKind.Read, 3);
        await TakeAsync(ReceiptKind.Received, 4);
        const string States = "m1 Read, m2 Received, a Read, b Received, c Sent";
        Assert.That(await StatesAsync(), Is.EqualTo(States));

        await EpochAsync("e2");
        await NextClientAsync();

        Assert.That(await StatesAsync(), Is.EqualTo(States));
        Assert.That(await UnreadAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task In_another_epoch_offsets_begin_anew()
    {
        await SendAsync("a", 9);
        await TakeAsync(ReceiptKind.Read, 9);
        await TakeAsync("m1", 10);
        await EpochAsync("e2");
        await SendAsync("b", 1);
        await TakeAsync("m2", 2);

        Assert.That(await StatesAsync(), Is.EqualTo("a Read, m1 Received, b Sent, m2 Received"));
        Assert.That(await UnreadAsync(), Is.EqualTo(2));
        await ReadAsync(2, era: 1);
        Assert.That(await UnreadAsync(), Is.Zero, "what stands before is read too");
    }

    [Test]
    public async Task A_message_that_another_epoch_gives_out_again_is_kept_once_in_its_new_place()
    {
        await TakeAsync("m1", 1);
        await TakeAsync("m2", 2);
        await TakeAsync("m3", 3);
        await TakeAsync(ReceiptKind.ReadByMe, 1);
        await EpochAsync("e2");
        await TakeAsync("m1", 1);
        await TakeAsync("m2", 2);

        Assert.That(await StatesAsync(), Is.EqualTo("m3 Received, m1 Read, m2 Received"));
        Assert.That(await UnreadAsync(), Is.EqualTo(2));
        await ReadAsync(1, era: 1);
        await TakeAsync(ReceiptKind.ReadByMe, 2);
        Assert.That(await UnreadAsync(), Is.Zero);
    }

    [Test]
    public async Task A_read_of_an_earlier_epoch_counts_up_to_the_message_that_it_names()
    {
        for (var i = 1; i <= 3; i++)
            await TakeAsync($"m{i}", i);
        await EpochAsync("e2");
        await TakeAsync("m9", 9);
        await ReadAsync(2, last: "m2");

        Assert.That(await StatesAsync(), Is.EqualTo("m1 Read, m2 Read, m3 Received, m9 Received"));
        Assert.That(await UnreadAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task A_receipt_that_names_a_message_of_an_earlier_epoch_covers_what_stands_before_it()
    {
        await SendAsync("a", 1);
        await SendAsync("b", 2);
        await SendAsync("c", 3);
        await EpochAsync("e2");
        await TakeAsync(ReceiptKind.Read, 2, "b");

        Assert.That(await StatesAsync(), Is.EqualTo("a Read, b Read, c Sent"));
    }

    [Test]
    public async Task What_another_device_read_in_an_earlier_epoch_counts_up_to_the_message_that_it_names()
    {
        for (var i = 1; i <= 3; i++)
            await TakeAsync($"m{i}", i);
        await EpochAsync("e2");
        await TakeAsync(ReceiptKind.ReadByMe, 2, "m2");

        Assert.That(await UnreadAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_full_outbox_goes_over_into_another_epoch()
    {
        await SendAsync("a", 1);
        var waiting = await AddAsync("b");
        await ParkAsync(await AddAsync("c"));
        await EpochAsync("e2");
        await NextClientAsync();
        Assert.That((await LoadAsync()).Entries.Single().Frame.Message, Is.EqualTo(Outgoing("b")));
        Assert.That(await ParkedAsync(), Has.Count.EqualTo(1));

        await WriteAsync(new Accept(waiting, new Acceptance(1, 1, DateTimeOffset.UnixEpoch)));

        Assert.That(await StatesAsync(), Is.EqualTo("a Sent, b Sent, c Refused"));
    }

    [Test]
    public async Task A_store_belongs_to_one_device_and_to_one_client_at_a_time()
    {
        Assert.That(() => Store.Attach("alice", "phone"), Throws.TypeOf<StoreUnusableException>());
        Store.Detach();

        Assert.That(() => Store.Attach("bob", "phone"), Throws.TypeOf<StoreUnusableException>());
        Assert.That(() => Store.Attach("alice", "laptop"),
            Throws.TypeOf<StoreUnusableException>().With.Message.Contains("alice/phone"));
        Store.Attach("alice", "phone");
        await NextClientAsync();
    }
}
