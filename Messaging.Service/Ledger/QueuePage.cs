namespace Messaging.Service.Ledger;

/// <summary>A stretch of a user's queue.</summary>
/// <param name="Entries">In order; an offset that holds nothing (superseded, expired) is left out.</param>
/// <param name="Through">Everything up to here is accounted for by this page: the next page is read behind it.</param>
public sealed record QueuePage(IReadOnlyList<QueueEntry> Entries, SignalOffset Through);

/// <summary>One entry of a user's queue.</summary>
/// <param name="Offset">Its place in the user's sequence.</param>
/// <param name="Record">What happened.</param>
/// <param name="Place">Which of the record's entries this is.</param>
/// <param name="State">For a message: how far it has come, as it stands now.</param>
public readonly record struct QueueEntry(SignalOffset Offset, JournalRecord Record, int Place, MessageState State)
{
    /// <summary>For a receipt, the id of the message that this user is told of.</summary>
    public string About => Record.Entries[Place].About;
}

/// <summary>How far a message has come with the other members of its conversation (protocol §6).</summary>
public enum MessageState
{
    Sent = 1,
    Received = 2,
    Read = 3,
}
