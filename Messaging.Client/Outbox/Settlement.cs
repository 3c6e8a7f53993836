using Messaging.Client.Connection;
using Messaging.Client.Storage;
using Messaging.V1;

namespace Messaging.Client.Outbox;

/// <summary>What follows on the end of an entry's way: the place in the outbox, the store, the application.</summary>
internal sealed class Settlement(SendSlots slots, MessagingStore store, StoreFailure failed)
{
    /// <summary>The server's last word about the entry. The application learns of it once it is kept.</summary>
    public void Settle(OutboxEntry entry, Signal answer)
    {
        slots.Leave();
        if (answer.Type == SignalKind.Error)
        {
            Refuse(entry, Refusal.Parse(answer.Error));
            return;
        }
        StoreChange change = entry is MessageEntry
            ? new Accept(entry.Sequence, MessageEntry.AcceptanceOf(answer))
            : new Settle(entry.Sequence, entry.Frame.Signal.To.User, answer.UserOffset);
        Write(change, entry, () => entry.Advance(answer));
    }

    /// <summary>The entry will not be sent any more: a later one covers it.</summary>
    public void Forget(OutboxEntry entry)
    {
        slots.Leave();
        Write(new Withdraw(entry.Sequence), entry, () => { });
    }

    /// <summary>It would say something else under the present epoch.</summary>
    public void Refuse(OutboxEntry entry)
    {
        slots.Leave();
        Refuse(entry, new Refusal("out_of_range", "the server's ledger is another one, and what this names is unknown"));
    }

    private void Refuse(OutboxEntry entry, Refusal refusal)
    {
        StoreChange change = entry is MessageEntry
            ? new Park(entry.Sequence, refusal)
            : new Withdraw(entry.Sequence);
        Write(change, entry, () => entry.Refuse(refusal));
    }

    private void Write(StoreChange change, OutboxEntry entry, Action done) => store.Write(change, failure =>
    {
        if (failure is null)
        {
            done();
            return;
        }
        failed.Set(failure);
        entry.Close(failure);
    });
}
