namespace Messaging.Service.Security;

/// <summary>
/// How fast one device may send messages (protocol §9): a bucket that fills with time and holds one second's worth. Used
/// by the stream's read loop alone.
/// </summary>
/// <param name="perSecond">Messages a second; 0 for as many as come.</param>
/// <param name="time">The clock.</param>
internal sealed class MessageRate(int perSecond, TimeProvider time)
{
    private double _left = perSecond;
    private long _filledAt = time.GetTimestamp();

    /// <summary>Whether one more may come now.</summary>
    public bool TryTake()
    {
        if (perSecond == 0)
            return true;

        var now = time.GetTimestamp();
        _left = Math.Min(perSecond, _left + (time.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond));
        _filledAt = now;
        if (_left < 1)
            return false;
        _left--;
        return true;
    }
}
