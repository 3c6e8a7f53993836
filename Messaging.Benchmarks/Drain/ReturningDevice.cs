using System.Diagnostics;
using Messaging.Benchmarks.Chat;
using Messaging.Benchmarks.Wire;

namespace Messaging.Benchmarks.Drain;

/// <summary>Comes back to a queue of messages and takes them all, acknowledging half a window at once.</summary>
internal sealed class ReturningDevice(string user, int count, int payload) : Device(user, "returning", farthestAhead: 1)
{
    private const int AcknowledgeEvery = 32;

    private int _unacknowledged;

    public int Count { get; private set; }

    /// <summary>When the last message was read; a <see cref="Stopwatch"/> timestamp.</summary>
    public long LastAt { get; private set; }

    /// <summary>Ends when all have come, are acknowledged, and the stream is closed.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        while (Count < count)
            await ExchangeAsync(cancellationToken);
        Acknowledge();
        await CloseAsync(cancellationToken);
    });

    protected override void TakeAnswer(in ReceivedFrame answer, long readAt) =>
        throw new ViolationException($"an answer to nothing that was asked: {answer.ToString()}");

    protected override void TakeEntry(in ReceivedFrame entry, long readAt)
    {
        Position.TakeEntry(entry);
        if (!entry.IsMessage || entry.UserOffset != Count + 1 || entry.PayloadLength != payload)
            throw new ViolationException($"message {Count + 1} was due, then came {entry.ToString()}");

        Count++;
        LastAt = readAt;
        if (++_unacknowledged >= AcknowledgeEvery)
            Acknowledge();
    }

    private void Acknowledge()
    {
        Acknowledgement.Write(Call, Position.Value);
        _unacknowledged = 0;
    }
}
