namespace Messaging.Service.Security;

/// <summary>
/// How fast one device may send messages and make calls (protocol §9, §11), by itself and together with its user's other
/// devices. Safe for concurrent use; all devices of a user share one lock, and no others.
/// </summary>
/// <remarks>
/// Not System.Threading.RateLimiting: its limiters keep a clock of their own, which tests cannot move, and a message
/// would take four of them, each with its lock and its lease.
/// </remarks>
internal sealed class MessageRate(UserRate user, MessageLimits limits, TimeProvider time)
{
    private TokenBucket _messages = new(limits.MessagesPerSecond, limits.Burst, time.GetTimestamp());
    private TokenBucket _bytes = new(limits.BytesPerSecond, limits.Burst, time.GetTimestamp());
    private TokenBucket _calls = TokenBucket.OfMinute(limits.CallsPerMinute, time.GetTimestamp());

    public UserRate User => user;

    /// <summary>Streams of the device that are open. Under the user's lock.</summary>
    public int Streams { get; set; }

    /// <summary>Nothing is lost where it is forgotten. Under the user's lock.</summary>
    public bool IsIdle(long now)
    {
        Fill(now);
        _calls.Fill(now, time);
        return Streams == 0 && _messages.IsFull && _bytes.IsFull && _calls.IsFull;
    }

    /// <summary>Whether a message of so many bytes may come now; if so, it has.</summary>
    public bool TryTake(int bytes)
    {
        lock (user.Gate)
        {
            var now = time.GetTimestamp();
            Fill(now);
            if (!_messages.HasSome || !_bytes.HasSome || !user.TryTake(bytes, now))
                return false;
            _messages.Take(1);
            _bytes.Take(bytes);
            return true;
        }
    }

    /// <summary>Whether the device may make a call now; if so, it has. Under the user's lock.</summary>
    public bool TryCall(long now)
    {
        _calls.Fill(now, time);
        if (!_calls.HasSome)
            return false;
        _calls.Take(1);
        return true;
    }

    private void Fill(long now)
    {
        _messages.Fill(now, time);
        _bytes.Fill(now, time);
    }
}
