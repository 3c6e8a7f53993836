using Messaging.Client.Storage;
using Messaging.V1;

namespace Messaging.Client.Outbox;

/// <summary>
/// Takes what the application hands over: it waits for a place, goes into the store and then into the queue. Any
/// thread may call it.
/// </summary>
internal sealed class Handover(
    SendSlots slots, IClientStore store, SendQueue queue, ParkingLot parked, Task restored)
{
    /// <summary>Returns when the store has the message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="isNew">Whether nobody can have sent this id before.</param>
    /// <param name="cancellationToken">Gives up waiting for a place.</param>
    public async ValueTask<SendHandle> AddMessageAsync(
        Message message, bool isNew, CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        MessageEntry? entry = null;
        try
        {
            entry = queue.Reserve(message, isNew);
            await KeepAsync(entry).ConfigureAwait(false);
            queue.Append(entry);
        }
        catch
        {
            if (entry is not null)
                queue.Unreserve(entry);
            Withdraw(entry);
            throw;
        }
        // The id names the message for ever: it cannot wait in two places.
        if (parked.Take(message.Id) is { } earlier)
            store.Remove(earlier.Sequence);
        return entry.Handle;
    }

    /// <summary>Returns when the store has the signal, with what completes when it is answered.</summary>
    public async ValueTask<Task> AddSignalAsync(Signal signal, CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        SignalEntry? entry = null;
        try
        {
            entry = queue.NewSignal(signal);
            await KeepAsync(entry).ConfigureAwait(false);
            queue.Append(entry);
            return entry.Settled;
        }
        catch
        {
            Withdraw(entry);
            throw;
        }
    }

    /// <summary>Sends a parked message again, as the last of its conversation.</summary>
    /// <exception cref="ArgumentException">It is not parked, or no longer.</exception>
    public async ValueTask<SendHandle> RetryAsync(string messageId, CancellationToken cancellationToken)
    {
        if (parked.Find(messageId) is not { } entry)
            throw new ArgumentException($"Message {messageId} is not parked.", nameof(messageId));
        return await AddMessageAsync(entry.Frame.Message, isNew: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forgets a parked message. Returns whether it was parked.</summary>
    public bool Drop(string messageId)
    {
        if (parked.Take(messageId) is not { } entry)
            return false;
        store.Remove(entry.Sequence);
        return true;
    }

    private async ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        // What an earlier client has left goes first, and its ids and places count.
        if (!restored.IsCompleted)
            await restored.WaitAsync(cancellationToken).ConfigureAwait(false);
        await slots.EnterAsync(cancellationToken).ConfigureAwait(false);
    }

    // Not cancelled: it would not be known whether the next client of this device sends it.
    private ValueTask KeepAsync(OutboxEntry entry) =>
        store.AddAsync(new StoredEntry(entry.Sequence, entry.Frame), CancellationToken.None);

    private void Withdraw(OutboxEntry? entry)
    {
        if (entry is not null)
            store.Remove(entry.Sequence);
        slots.Leave();
    }
}
