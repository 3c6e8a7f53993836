namespace Messaging.Service.Security;

/// <summary>
/// How fast one device may send messages (protocol §9): a bucket that fills with time and holds one second's worth. Safe
/// for concurrent use, by a stream and the one that replaces it.
/// </summary>
/// <param name="perSecond">Messages a second; 0 for as many as come.</param>
/// <param name="time">The clock.</param>
internal sealed class MessageRate(int perSecond, TimeProvider time)
{
    private readonly Lock _gate = new();
    private double _left = perSecond;
    private long _filledAt = time.GetTimestamp();

    /// <summary>Whether it holds as much as a new one does.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                Fill();
                return _left >= perSecond;
            }
        }
    }

    /// <summary>Whether one more may come now.</summary>
    public bool TryTake()
    {
        if (perSecond == 0)
            return true;

        lock (_gate)
        {
            Fill();
            if (_left < 1)
                return false;
            _left--;
            return true;
        }
    }

    private void Fill()
    {
        var now = time.GetTimestamp();
        _left = Math.Min(perSecond, _left + (time.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond));
        _filledAt = now;
    }
}
