namespace Messaging.Service.Sync;

/// <summary>
/// Ends a stream when the proof that it was opened on counts for nothing any more (protocol §2): later messages need
/// a new one.
/// </summary>
internal sealed class ExpiryWatch : IDisposable
{
    // A timer takes no more than 49 days, and clocks are set: it looks again at least this often.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly DateTimeOffset _end;
    private readonly StreamLife _life;
    private readonly TimeProvider _time;
    private readonly ITimer? _timer;

    /// <param name="end">When; null for never.</param>
    /// <param name="life">What ends then.</param>
    /// <param name="time">The clock.</param>
    public ExpiryWatch(DateTimeOffset? end, StreamLife life, TimeProvider time)
    {
        (_life, _time) = (life, time);
        if (end is null)
            return;
        _end = end.Value;
        _timer = time.CreateTimer(_ => Look(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Look();
    }

    public void Dispose() => _timer?.Dispose();

    private void Look()
    {
        var left = _end - _time.GetUtcNow();
        if (left <= TimeSpan.Zero)
        {
            _life.End(Ending.Expired);
            return;
        }

        _timer!.Change(left < Longest ? left : Longest, Timeout.InfiniteTimeSpan);
    }
}
