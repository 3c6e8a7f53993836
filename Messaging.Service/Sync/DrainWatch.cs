namespace Messaging.Service.Sync;

/// <summary>Tells a session that the host is stopping, and when it has had time enough.</summary>
internal sealed class DrainWatch : IDisposable
{
    private ITimer? _timer; // from when the host is stopping
    private readonly CancellationTokenRegistration _stopping;

    /// <param name="patience">How long it waits for the session.</param>
    /// <param name="onStopping">Called once, at once if the host is stopping already.</param>
    /// <param name="onTooLong">Called from a timer; must make the session end.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stopping">Cancelled when the host begins to stop.</param>
    public DrainWatch(
        TimeSpan patience, Action onStopping, Action onTooLong, TimeProvider time, CancellationToken stopping)
    {
        _stopping = stopping.UnsafeRegister(
            _ =>
            {
                onStopping();
                _timer = time.CreateTimer(static state => ((Action)state!)(), onTooLong, patience, Timeout.InfiniteTimeSpan);
            },
            state: null);
    }

    public void Dispose()
    {
        _stopping.Dispose(); // and the timer is made, or never will be
        _timer?.Dispose();
    }
}
