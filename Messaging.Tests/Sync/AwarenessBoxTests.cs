using Messaging.Service.Sync;
using Messaging.Tests.Protocol;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Sync;

public sealed class AwarenessBoxTests
{
    private readonly AwarenessBox _box = new(most: 64);

    [Test]
    public void A_device_that_keeps_up_gets_each_in_order()
    {
        Offer("alice", 1);
        Offer("alice", 2);
        Assert.That(Drain(), Is.EqualTo(["alice 1", "alice 2"]));
        Assert.That(Drain(), Is.Empty);
    }

    [Test]
    [Protocol("7.10")]
    public void For_one_that_does_not_the_newest_is_kept()
    {
        for (var number = 1; number <= 1000; number++)
            Offer("alice", number);
        var kept = Drain();
        Assert.That(kept, Has.Count.LessThanOrEqualTo(64));
        Assert.That(kept[^1], Is.EqualTo("alice 1000"));
    }

    [Test]
    [Protocol("7.10")]
    public void Of_64_senders_the_newest_of_each_is_kept_and_further_ones_are_dropped()
    {
        for (var number = 1; number <= 5; number++)
        {
            for (var sender = 1; sender <= 70; sender++)
                Offer($"user{sender}", number);
        }

        var kept = Drain();
        Assert.That(kept, Is.EqualTo(Enumerable.Range(1, 64).Select(sender => $"user{sender} 5")));
    }

    private void Offer(string user, long number) => _box.Offer(new Frame
    {
        Signal = new Signal { From = new Identity { User = user }, Timestamp = number },
    });

    private List<string> Drain()
    {
        var frames = new List<Frame>();
        _box.Drain(frames);
        return [.. frames.Select(frame => $"{frame.Signal.From.User} {frame.Signal.Timestamp}")];
    }
}
