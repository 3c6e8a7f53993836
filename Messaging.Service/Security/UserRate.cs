namespace Messaging.Service.Security;

/// <summary>
/// What the devices of one user may do together: send, connect, be connected, and make calls about the account. Safe for
/// concurrent use, by this user's streams and calls alone: one lock for all of them.
/// </summary>
internal sealed class UserRate(MessageLimits limits, TimeProvider time)
{
    private readonly Dictionary<string, MessageRate> _devices = new(StringComparer.Ordinal);
    private TokenBucket _messages = new(limits.UserMessagesPerSecond, limits.Burst, time.GetTimestamp());
    private TokenBucket _bytes = new(limits.UserBytesPerSecond, limits.Burst, time.GetTimestamp());
    private TokenBucket _openings = TokenBucket.OfMinute(limits.OpeningsPerMinute, time.GetTimestamp());
    private TokenBucket _calls = TokenBucket.OfMinute(limits.UserCallsPerMinute, time.GetTimestamp());
    private int _connected;
    private bool _isForgotten;

    public Lock Gate { get; } = new();

    /// <summary>A stream opens; no rate and a text that says why where it may not, neither where this one is forgotten.</summary>
    public (MessageRate? Rate, string? Refusal) Enter(string device)
    {
        lock (Gate)
        {
            if (_isForgotten)
                return default;
            var now = time.GetTimestamp();
            _openings.Fill(now, time);
            if (!_openings.HasSome)
                return (null, "this user opens streams too often; connect again after a while");
            if (!_devices.TryGetValue(device, out var rate))
                rate = new MessageRate(this, limits, time);
            if (rate.Streams == 0 && limits.DevicesPerUser > 0 && _connected >= limits.DevicesPerUser)
                return (null, "too many devices of this user are connected");

            _openings.Take(1);
            if (rate.Streams++ == 0)
                _connected++;
            Keep(device, rate, now);
            return (rate, null);
        }
    }

    /// <summary>A device makes a call about the account: whether it may; null where this one is forgotten.</summary>
    public bool? TryCall(string device)
    {
        lock (Gate)
        {
            if (_isForgotten)
                return null;
            var now = time.GetTimestamp();
            _calls.Fill(now, time);
            if (!_calls.HasSome)
                return false;
            if (!_devices.TryGetValue(device, out var rate))
                rate = new MessageRate(this, limits, time);
            if (!rate.TryCall(now))
                return false;

            _calls.Take(1);
            Keep(device, rate, now);
            return true;
        }
    }

    /// <summary>A stream of the device has ended.</summary>
    public void Leave(MessageRate rate)
    {
        lock (Gate)
        {
            if (--rate.Streams == 0)
                _connected--;
        }
    }

    /// <summary>Whether the user's share lets a message of so many bytes come; if so, it has. Under the lock.</summary>
    public bool TryTake(int bytes, long now)
    {
        Fill(now);
        if (!_messages.HasSome || !_bytes.HasSome)
            return false;
        _messages.Take(1);
        _bytes.Take(bytes);
        return true;
    }

    /// <summary>Whether a new one would be the same; if so, this one is used no more.</summary>
    public bool TryForget()
    {
        lock (Gate)
        {
            var now = time.GetTimestamp();
            Fill(now);
            _openings.Fill(now, time);
            _calls.Fill(now, time);
            ForgetIdle(now);
            _isForgotten = _devices.Count == 0
                && _messages.IsFull && _bytes.IsFull && _openings.IsFull && _calls.IsFull;
            return _isForgotten;
        }
    }

    private void Fill(long now)
    {
        _messages.Fill(now, time);
        _bytes.Fill(now, time);
    }

    private void Keep(string device, MessageRate rate, long now)
    {
        if (_devices.TryAdd(device, rate) && _devices.Count > 2 * _connected)
            ForgetIdle(now);
    }

    private void ForgetIdle(long now)
    {
        foreach (var (device, rate) in _devices)
        {
            if (rate.IsIdle(now))
                _devices.Remove(device);
        }
    }
}
