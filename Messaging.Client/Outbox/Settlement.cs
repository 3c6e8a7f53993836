using Messaging.Client.Storage;
using Messaging.V1;

namespace Messaging.Client.Outbox;

/// <summary>What follows on the end of an entry's way: the store, the place in the outbox, the application.</summary>
internal sealed class Settlement(SendSlots slots, IClientStore store, ParkingLot parked)
{
    /// <summary>The server's last word about the entry.</summary>
    public void Settle(OutboxEntry entry, Signal answer)
    {
        if (answer.Type != SignalKind.Error)
        {
            Forget(entry);
            entry.Advance(answer);
            return;
        }
        var refusal = Refusal.Parse(answer.Error);
        if (entry is MessageEntry)
        {
            store.Park(entry.Sequence, refusal);
            parked.Park(new StoredEntry(entry.Sequence, entry.Frame, refusal));
            slots.Leave();
        }
        else
        {
            Forget(entry);
        }
        entry.Refuse(refusal);
    }

    /// <summary>The entry need not be sent any more.</summary>
    public void Forget(OutboxEntry entry)
    {
        store.Remove(entry.Sequence);
        slots.Leave();
    }
}
