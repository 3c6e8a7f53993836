namespace Messaging.Tests.Reliability.Histories;

/// <summary>
/// The one clock of a history. It stands still until it is moved, and then its timers run one at a time, in the order
/// in which they fall due. For the one thread of the history.
/// </summary>
internal sealed class VirtualTime
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SortedSet<Timer> timers = new(Comparer<Timer>.Create(static (one, other) =>
        (one.DueAt, one.Number).CompareTo((other.DueAt, other.Number))));

    private long now;
    private long numbers;

    public TimeSpan Elapsed => TimeSpan.FromTicks(now);

    /// <summary>
    /// Moves to the next timer that is due until then and runs it; where there is none, moves there and says no.
    /// </summary>
    public bool TryFire(TimeSpan until)
    {
        if (timers.Min is not { } next || next.DueAt > until.Ticks)
        {
            now = Math.Max(now, until.Ticks);
            return false;
        }

        now = Math.Max(now, next.DueAt);
        next.Fire();
        return true;
    }

    /// <summary>The clock as one process has it: when that is killed, its timers are gone.</summary>
    internal sealed class ProcessTime(VirtualTime world) : TimeProvider
    {
        public bool IsAlive { get; private set; } = true;

        /// <summary>How many of its timers are set.</summary>
        public int Timers => World.timers.Count(timer => timer.Owner == this);

        public VirtualTime World { get; } = world;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => World.now;

        public override DateTimeOffset GetUtcNow() => Start.AddTicks(World.now);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new Timer(this, () => callback(state));
            timer.Change(dueTime, period);
            return timer;
        }

        public void Kill() => IsAlive = false;
    }

    private sealed class Timer(ProcessTime owner, Action callback) : ITimer
    {
        private TimeSpan repeat;
        private bool isSet;

        public ProcessTime Owner { get; } = owner;

        public long DueAt { get; private set; }

        public long Number { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Unset();
            repeat = period;
            if (dueTime != Timeout.InfiniteTimeSpan)
                Set(dueTime);
            return true;
        }

        public void Fire()
        {
            Unset();
            if (!Owner.IsAlive)
                return;
            if (repeat > TimeSpan.Zero)
                Set(repeat);
            callback();
        }

        public void Dispose() => Unset();

        public ValueTask DisposeAsync()
        {
            Unset();
            return default;
        }

        private void Set(TimeSpan dueTime)
        {
            (DueAt, Number) = (Owner.World.now + dueTime.Ticks, ++Owner.World.numbers);
            isSet = Owner.World.timers.Add(this);
        }

        private void Unset()
        {
            if (isSet)
                Owner.World.timers.Remove(this);
            isSet = false;
        }
    }
}
