using Messaging.Service.Sync;
using NUnit.Framework;

namespace Messaging.Tests.Sync;

public sealed class KickTests
{
    [Test]
    public void A_kick_before_the_wait_ends_it_at_once_and_several_are_one()
    {
        var kick = new Kick();
        kick.Set();
        kick.Set();
        Assert.That(kick.WaitAsync().AsTask().IsCompleted, Is.True);
        Assert.That(kick.WaitAsync().AsTask().IsCompleted, Is.False);
    }

    [Test, CancelAfter(10_000)]
    public async Task A_kick_ends_a_wait_under_way()
    {
        var kick = new Kick();
        var wait = kick.WaitAsync().AsTask();
        Assert.That(wait.IsCompleted, Is.False);
        kick.Set();
        await wait;
    }

    [Test, CancelAfter(30_000)]
    public async Task No_kick_is_lost_between_threads()
    {
        const int Rounds = 100_000;
        var (kick, back) = (new Kick(), new Kick());
        var seen = 0;
        var published = 0;
        var waiting = Task.Run(async () =>
        {
            while (seen < Rounds)
            {
                await kick.WaitAsync();
                seen = Volatile.Read(ref published);
                back.Set();
            }
        });

        for (var round = 1; round <= Rounds; round++)
        {
            Volatile.Write(ref published, round);
            kick.Set();
            if (round % 3 == 0)
                await back.WaitAsync();
        }

        await waiting;
        Assert.That(seen, Is.EqualTo(Rounds));
    }
}
