using Messaging.Service.Ledger;
using Messaging.Tests.Protocol;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>Protocol §4: the sending user and an id name a message for ever.</summary>
public abstract partial class LedgerContract
{
    [Test]
    [Protocol("4.33", "4.35", "4.36")]
    public async Task A_repeat_gets_the_original_offsets_and_time()
    {
        using var phone = await DeviceAsync("alice/phone");
        await phone.SendAsync("carol", "before");
        var original = await phone.SendAsync("bob", "m");
        await phone.SendAsync("bob", "after");
        time.Advance(TimeSpan.FromHours(1));

        AssertRepeats(await phone.SendAsync("bob", "m"), original);
        Assert.That(phone.Stream.Head, Is.EqualTo(new SignalOffset(3)));
    }

    [Test]
    public async Task A_repeat_in_the_same_batch_gets_the_original_offsets()
    {
        using var phone = await DeviceAsync("alice/phone");
        var original = await phone.HandOverAsync(phone.Message("bob", "m"));
        var repeats = new List<SendMessage>();
        for (var i = 0; i < 20; i++)
            repeats.Add(await phone.HandOverAsync(phone.Message("bob", "m")));
        var conflict = await phone.VisibleAsync(phone.Message("bob", "m", "other"));

        foreach (var repeat in repeats)
            AssertRepeats(repeat, original);
        Assert.That(conflict.Settlement, Is.EqualTo(Settlement.IdTaken));
        Assert.That(phone.Stream.Head, Is.EqualTo(new SignalOffset(1)));
    }

    [Test]
    [Protocol("4.29", "4.34")]
    public async Task A_repeat_is_recognised_on_every_device_and_stream_of_the_user()
    {
        using var phone = await DeviceAsync("alice/phone");
        var original = await phone.SendAsync("bob", "m");
        using var laptop = await DeviceAsync("alice/laptop");
        using var again = await DeviceAsync("alice/phone");

        AssertRepeats(await laptop.SendAsync("bob", "m"), original);
        AssertRepeats(await again.SendAsync("bob", "m"), original);
        Assert.That(laptop.Stream.Head, Is.EqualTo(new SignalOffset(1)));
    }

    [Test]
    [Protocol("4.33", "4.39")]
    public async Task A_repeat_is_recognised_after_the_ledger_was_opened_again()
    {
        SendMessage original;
        using (var phone = await DeviceAsync("alice/phone"))
        {
            original = await phone.SendAsync("bob", "m");
            await phone.SendAsync("bob", "after");
        }

        for (var i = 0; i < 2; i++)
        {
            await ReopenAsync();
            time.Advance(TimeSpan.FromDays(1));
            using var later = await DeviceAsync("alice/phone");
            AssertRepeats(await later.SendAsync("bob", "m"), original);
            Assert.That((await later.SendAsync("bob", "m", "other")).Settlement, Is.EqualTo(Settlement.IdTaken));
            Assert.That((await later.SendAsync("carol", "m")).Settlement, Is.EqualTo(Settlement.IdTaken));
            Assert.That(later.Stream.Head, Is.EqualTo(new SignalOffset(2)));
        }
    }

    [Test]
    [Protocol("4.18")]
    public async Task A_repeat_is_no_delivery_and_moves_no_cursor()
    {
        using (var phone = await DeviceAsync("alice/phone"))
        using (var bob = await DeviceAsync("bob/phone"))
        {
            await bob.SendAsync("alice", "first");
            await phone.SendAsync("bob", "m");
        }

        using var later = await DeviceAsync("alice/phone");
        await later.AcknowledgeAsync(1);
        await later.SendAsync("bob", "m");
        Assert.That(later.Stream.Cursor, Is.EqualTo(new SignalOffset(1)));
    }

    [Test]
    [Protocol("4.39")]
    public async Task The_same_id_with_other_content_is_refused_and_changes_nothing()
    {
        using var phone = await DeviceAsync("alice/phone");
        var original = await phone.SendAsync("bob", "m");

        Assert.That((await phone.SendAsync("bob", "m", "other")).Settlement, Is.EqualTo(Settlement.IdTaken));
        Assert.That((await phone.SendAsync("carol", "m")).Settlement, Is.EqualTo(Settlement.IdTaken));
        AssertRepeats(await phone.SendAsync("bob", "m"), original);
        Assert.That(phone.Stream.Head, Is.EqualTo(new SignalOffset(1)));
        using var carol = await DeviceAsync("carol/phone");
        Assert.That(carol.Opening.Head, Is.EqualTo(SignalOffset.None));
    }

    [Test]
    [Protocol("4.40", "2.48")]
    public async Task A_refused_message_has_not_used_up_its_id()
    {
        using var replaced = await DeviceAsync("alice/phone");
        using var phone = await DeviceAsync("alice/phone");
        var refused = await replaced.SettledAsync(replaced.Message("bob", "m", "refused"));
        Assert.That(refused.Settlement, Is.EqualTo(Settlement.Superseded));

        var taken = await phone.SendAsync("bob", "m", "taken");
        Assert.That(taken.Settlement, Is.EqualTo(Settlement.Recorded));
        Assert.That(taken.SignalOffset, Is.EqualTo(new SignalOffset(1)));
    }

    [Test]
    [Protocol("4.41")]
    public async Task Ids_of_different_users_never_meet()
    {
        using var alice = await DeviceAsync("alice/phone");
        using var bob = await DeviceAsync("bob/phone");
        await alice.SendAsync("bob", "m", "from alice");

        var second = await bob.SendAsync("alice", "m", "from bob");
        Assert.That(second.Settlement, Is.EqualTo(Settlement.Recorded));
        Assert.That(second.UserOffset, Is.EqualTo(new UserOffset(2)));
    }

    private static void AssertRepeats(SendMessage repeat, SendMessage original) => Assert.Multiple(() =>
    {
        Assert.That(repeat.Settlement, Is.EqualTo(Settlement.Repeated));
        Assert.That(repeat.SignalOffset, Is.EqualTo(original.SignalOffset));
        Assert.That(repeat.UserOffset, Is.EqualTo(original.UserOffset));
        Assert.That(repeat.RecordedAt, Is.EqualTo(original.RecordedAt));
    });
}
