using System.Numerics;
using Messaging.Benchmarks.Wire;

namespace Messaging.Benchmarks.Chat;

/// <summary>The messages a sender has on their way, by number: the first is 1, as its user_offset will be.</summary>
internal sealed class InFlight(int capacity)
{
    private readonly int _mask = (int)BitOperations.RoundUpToPowerOf2((uint)capacity) - 1;
    private readonly long[] _sentAt = new long[BitOperations.RoundUpToPowerOf2((uint)capacity)];
    private readonly bool[] _isAccepted = new bool[BitOperations.RoundUpToPowerOf2((uint)capacity)];
    private readonly byte[] _ids = new byte[BitOperations.RoundUpToPowerOf2((uint)capacity) * MessageIds.Size];

    /// <summary>The last one sent.</summary>
    public int Sent { get; private set; }

    /// <summary>How many the server has answered; in whatever order.</summary>
    public int Accepted { get; private set; }

    /// <summary>The `received` watermark: all up to here are done.</summary>
    public int Received { get; private set; }

    public int Count => Sent - Received;

    public bool HasRoom => Count < capacity;

    /// <summary>Begins the next message; the caller writes its id.</summary>
    public Span<byte> Add(long sentAt)
    {
        Sent++;
        _sentAt[Sent & _mask] = sentAt;
        _isAccepted[Sent & _mask] = false;
        return _ids.AsSpan((Sent & _mask) * MessageIds.Size, MessageIds.Size);
    }

    /// <summary>Returns when the accepted message was sent.</summary>
    public long Accept(in ReceivedFrame answer)
    {
        var number = answer.UserOffset;
        if (number <= Received || number > Sent || _isAccepted[number & _mask])
            throw new ViolationException($"{Received} received, {Sent} sent, then came {answer.ToString()}");
        if (!answer.Id.SequenceEqual(_ids.AsSpan((number & _mask) * MessageIds.Size, MessageIds.Size)))
            throw new ViolationException($"user_offset {number} belongs to another message than {answer.ToString()}");

        Accepted++;
        _isAccepted[number & _mask] = true;
        return _sentAt[number & _mask];
    }

    /// <summary>Moves the watermark over the next message, and returns when that was sent.</summary>
    public long Receive(in ReceivedFrame receipt)
    {
        var number = Received + 1;
        if (number > Sent || !_isAccepted[number & _mask])
            throw new ViolationException($"message {number} was not accepted, but covered by {receipt.ToString()}");

        Received = number;
        return _sentAt[number & _mask];
    }
}
