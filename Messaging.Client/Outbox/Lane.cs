namespace Messaging.Client.Outbox;

/// <summary>
/// Entries whose order counts: a conversation's messages, or this device's signals. Owned by the
/// <see cref="SendQueue"/> and its lock.
/// </summary>
internal sealed class Lane(bool isSerial)
{
    /// <summary>In the order in which they were handed over.</summary>
    public LinkedList<OutboxEntry> Entries { get; } = [];

    public OutboxEntry? Head => Entries.First?.Value;

    // Protocol §4: behind a refused message the server refuses the later ones, so only the head is worth sending.
    // While the lane is open, none of its entries is held.
    public bool IsFenced { get; set; }

    public bool PassesOnlyHead => isSerial || IsFenced;
}
