using Messaging.Client.Inbox;
using Messaging.V1;

namespace Messaging.Client.Outbox;

/// <summary>
/// What goes up until its offset has advanced: always the same frame. Owned by the <see cref="SendQueue"/> and its
/// lock, but for the ways in which it ends.
/// </summary>
internal abstract class OutboxEntry(long sequence, Frame frame)
{
    /// <summary>The order in which the application handed it over.</summary>
    public long Sequence { get; } = sequence;

    public Frame Frame { get; } = frame;

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

    public abstract void Advance(Signal answer);

    public abstract void Refuse(Refusal refusal);

    public abstract void Close(MessagingException reason);
}
