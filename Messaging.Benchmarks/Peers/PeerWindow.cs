using System.Diagnostics;
using Messaging.Benchmarks.Chat;
using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Peers;

/// <summary>The messages of one sender, by number from 1: answers and ticks must come for each, in order.</summary>
internal sealed class PeerWindow(int capacity)
{
    private readonly Queue<long> _unaccepted = new();
    private readonly Queue<long> _unreceived = new();
    private MeasuredTime _time = new(0, 0);
    private long _received;

    public LatencyHistogram Accepted { get; } = new();

    public LatencyHistogram Tick { get; } = new();

    public int Count => _unreceived.Count;

    /// <summary>What is on its way one way or the other: an answer may come behind the tick.</summary>
    public bool IsEmpty => _unaccepted.Count == 0 && _unreceived.Count == 0;

    /// <summary>The last one sent.</summary>
    public long Sent { get; private set; }

    public void Begin(MeasuredTime time) => _time = time;

    /// <summary>Whether another may go now.</summary>
    public bool HasRoom => Count < capacity;

    public bool IsOver => Stopwatch.GetTimestamp() >= _time.Until;

    /// <summary>Takes the next number.</summary>
    public long Add(long sentAt)
    {
        _unaccepted.Enqueue(sentAt);
        _unreceived.Enqueue(sentAt);
        return ++Sent;
    }

    public void Accept(long readAt)
    {
        if (!_unaccepted.TryDequeue(out var sentAt))
            throw new ViolationException("an answer to nothing that was asked");
        if (_time.Contains(readAt))
            Accepted.Record(readAt - sentAt);
    }

    public void Receive(long number, long readAt)
    {
        if (number != _received + 1 || !_unreceived.TryDequeue(out var sentAt))
            throw new ViolationException($"the tick of {_received + 1} was due, then came that of {number}");
        _received = number;
        if (_time.Contains(readAt))
            Tick.Record(readAt - sentAt);
    }
}
