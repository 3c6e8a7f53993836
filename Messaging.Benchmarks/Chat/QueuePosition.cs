using System.Numerics;
using Messaging.Benchmarks.Wire;

namespace Messaging.Benchmarks.Chat;

/// <summary>
/// Where a device stands in its user's sequence. Every frame of the queue must be the next one (protocol §5); the
/// device's own answers are entries too, and may come ahead of lower ones (§4).
/// </summary>
/// <param name="farthestAhead">How far past the position an own answer can be.</param>
internal sealed class QueuePosition(int farthestAhead)
{
    // By offset, for own answers that came ahead; all of at or below the position are false.
    private readonly bool[] _answered = new bool[BitOperations.RoundUpToPowerOf2((uint)farthestAhead + 1)];

    public int Value { get; private set; } = -1;

    public bool HasBegun => Value >= 0;

    public void TakePosition(in ReceivedFrame signal)
    {
        if (!HasBegun)
        {
            Value = signal.SignalOffset;
            return;
        }

        // At or below the position it is a heartbeat.
        while (Value < signal.SignalOffset)
            MoveTo(Value + 1);
        PassAnswered();
    }

    public void TakeEntry(in ReceivedFrame entry)
    {
        if (entry.SignalOffset != Value + 1 || !HasBegun)
            throw new ViolationException($"the queue stood at {Value}, then came {entry.ToString()}");

        MoveTo(entry.SignalOffset);
        PassAnswered();
    }

    public void TakeOwnAnswer(in ReceivedFrame answer)
    {
        var ahead = answer.SignalOffset - Value;
        if (!HasBegun || ahead < 1 || ahead >= _answered.Length || IsAnswered(answer.SignalOffset))
            throw new ViolationException($"the queue stood at {Value}, then an own message took {answer.ToString()}");

        IsAnswered(answer.SignalOffset) = true;
        PassAnswered();
    }

    private void PassAnswered()
    {
        while (IsAnswered(Value + 1))
            MoveTo(Value + 1);
    }

    private void MoveTo(int offset)
    {
        IsAnswered(offset) = false;
        Value = offset;
    }

    private ref bool IsAnswered(int offset) => ref _answered[offset & (_answered.Length - 1)];
}
