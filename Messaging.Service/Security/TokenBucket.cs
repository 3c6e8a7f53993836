namespace Messaging.Service.Security;

/// <summary>Fills with time up to what it holds. Not safe for concurrent use; a field, never a copy.</summary>
internal struct TokenBucket
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly double _perSecond;
    private readonly double _holds;
    private double _left;
    private long _filledAt;

    /// <param name="perSecond">How much comes in a second; 0 for no limit.</param>
    /// <param name="span">It holds as much as comes in this time, and is full at first.</param>
    /// <param name="now">The clock's timestamp as it is made.</param>
    public TokenBucket(double perSecond, TimeSpan span, long now)
    {
        (_perSecond, _filledAt) = (perSecond, now);
        _left = _holds = perSecond * span.TotalSeconds;
    }

    /// <summary>One that holds as much as comes in a minute; 0 for no limit.</summary>
    public static TokenBucket OfMinute(double perMinute, long now) => new(perMinute / Minute.TotalSeconds, Minute, now);

    /// <summary>As of the last <see cref="Fill"/>: whether it holds as much as a new one does.</summary>
    public readonly bool IsFull => _left >= _holds;

    /// <summary>As of the last <see cref="Fill"/>: whether something may be taken.</summary>
    public readonly bool HasSome => _perSecond == 0 || _left >= 1;

    /// <summary>As of the last <see cref="Fill"/>: how long until nothing is owed.</summary>
    public readonly TimeSpan Owed => _perSecond == 0 || _left >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_left / _perSecond);

    public void Fill(long now, TimeProvider time)
    {
        _left = Math.Min(_holds, _left + (time.GetElapsedTime(_filledAt, now).TotalSeconds * _perSecond));
        _filledAt = now;
    }

    /// <summary>Takes more than there is, if it comes to that: it is owed then, so that nothing is too large for ever.</summary>
    public void Take(int count) => _left -= _perSecond == 0 ? 0 : count;
}
