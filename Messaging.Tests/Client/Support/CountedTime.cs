using Microsoft.Extensions.Time.Testing;

namespace Messaging.Tests.Client.Support;

/// <summary>Fake time that knows how many timers are running.</summary>
internal sealed class CountedTime : FakeTimeProvider
{
    private readonly Lock _gate = new();
    private readonly HashSet<Counted> _running = [];

    public int Running
    {
        get
        {
            lock (_gate)
                return _running.Count;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Counted(this);
        timer.Inner = base.CreateTimer(argument =>
        {
            timer.Set(isRunning: false);
            callback(argument);
        }, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Counted(CountedTime time) : ITimer
    {
        public ITimer Inner { get; set; } = null!;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Set(isRunning: dueTime != Timeout.InfiniteTimeSpan);
            return Inner.Change(dueTime, period);
        }

        public void Set(bool isRunning)
        {
            lock (time._gate)
            {
                if (isRunning)
                    time._running.Add(this);
                else
                    time._running.Remove(this);
            }
        }

        public void Dispose()
        {
            Set(isRunning: false);
            Inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
