using Messaging.Client.Inbox;
using Messaging.V1;

namespace Messaging.Client.Outbox;

/// <summary>
/// What goes up until it is answered for good: always the same frame, but for what a new epoch makes of a signal. Owned by the <see cref="SendQueue"/> and its
/// lock, but for the ways in which it ends.
/// </summary>
internal abstract class OutboxEntry(long sequence, Frame frame)
{
    /// <summary>The order in which the application handed it over.</summary>
    public long Sequence { get; } = sequence;

    public Frame Frame { get; protected set; } = frame;

    public EntryState State { get; set; }

    /// <summary>
    /// It may have been stored before, on a lost stream or by an earlier client: its answer may be a repeat's.
    /// </summary>
    public bool IsInDoubt { get; set; }

    /// <summary>
    /// The retry under way, told whether the answer settled the entry; null before the first refusal.
    /// </summary>
    public TaskCompletionSource<bool>? Attempt { get; set; }

    public OwnAnswer Answer => IsInDoubt ? OwnAnswer.InDoubt : OwnAnswer.Delivery;

    /// <summary>
    /// Whether an answer that has this entry's id can be about it. Ids do not tell everything: that of a report or a
    /// <c>PLAYED</c> is another user's, and may be the same as one of ours. A refusal fits everything.
    /// </summary>
    public bool IsAnsweredBy(Signal answer) =>
        State == EntryState.InFlight && (!answer.SignalOffsetState || HasShapeOf(answer.SignalAckState));

    public abstract void Advance(Signal answer);

    public abstract void Refuse(Refusal refusal);

    public abstract void Close(MessagingException reason);

    /// <summary>Whether this is what the answer to such a frame says where it has advanced (protocol §5).</summary>
    protected abstract bool HasShapeOf(SignalAckState? flags);
}
