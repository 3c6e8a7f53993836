using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using NUnit.Framework;

namespace Messaging.Tests.Delivery;

public sealed class DeliveryWindowTests
{
    [Test]
    public void It_is_shut_by_as_many_entries_as_it_has_room_for()
    {
        var window = new DeliveryWindow(maxEntries: 2, maxBytes: 1000);
        window.Add(new SignalOffset(1), 10);
        Assert.That(window.IsOpen, Is.True);
        window.Add(new SignalOffset(2), 10);
        Assert.That(window.IsOpen, Is.False);
    }

    [Test]
    public void An_acknowledgement_releases_everything_up_to_it()
    {
        var window = new DeliveryWindow(maxEntries: 3, maxBytes: 1000);
        for (var offset = 1; offset <= 3; offset++)
            window.Add(new SignalOffset(offset), 100);

        window.Release(new SignalOffset(2));

        Assert.That((window.RoomForEntries, window.RoomForBytes), Is.EqualTo((2, 900)));
    }

    [Test]
    public void One_entry_may_always_go_however_large()
    {
        var window = new DeliveryWindow(maxEntries: 3, maxBytes: 1000);
        Assert.That(window.Admits(5000), Is.True);
        window.Add(new SignalOffset(1), 5000);
        Assert.That(window.IsOpen, Is.False);
        Assert.That(window.Admits(1), Is.False);
    }

    [Test]
    public void An_entry_that_does_not_fit_beside_others_waits()
    {
        var window = new DeliveryWindow(maxEntries: 3, maxBytes: 1000);
        window.Add(new SignalOffset(1), 600);
        Assert.That(window.Admits(400), Is.True);
        Assert.That(window.Admits(401), Is.False);
    }

    [Test]
    public void What_is_taken_back_counts_no_longer()
    {
        var window = new DeliveryWindow(maxEntries: 4, maxBytes: 1000);
        for (var offset = 1; offset <= 4; offset++)
            window.Add(new SignalOffset(offset), 100);

        window.TakeBack(new SignalOffset(1));
        Assert.That((window.RoomForEntries, window.RoomForBytes), Is.EqualTo((3, 900)));

        window.Release(new SignalOffset(1));
        Assert.That((window.RoomForEntries, window.RoomForBytes), Is.EqualTo((4, 1000)));
    }
}
