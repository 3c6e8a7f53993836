using Messaging.Client.Storage;
using Messaging.V1;

namespace Messaging.Client.Outbox;

/// <summary>
/// Takes what the application hands over: it waits for a place, goes into the store and then into the queue. Any
/// thread may call it.
/// </summary>
internal sealed class Handover(SendSlots slots, MessagingStore store, SendQueue queue)
{
    /// <summary>Returns when the store has the message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="isNew">Whether nobody can have sent this id before.</param>
    /// <param name="cancellationToken">Gives up waiting for a place.</param>
    /// <param name="replaced">The id of a parked message that this one takes the place of.</param>
    public async Task<SendHandle> AddMessageAsync(
        Message message, bool isNew, CancellationToken cancellationToken, string? replaced = null)
    {
        var entry = await AddAsync(
            () => queue.Reserve(message, isNew), e => new AddMessage(e.Sequence, message, replaced), cancellationToken)
            .ConfigureAwait(false);
        return entry.Handle;
    }

    /// <summary>Returns when the store has the signal, with what completes when it is answered.</summary>
    /// <param name="signal">The signal.</param>
    /// <param name="era">The epoch that its offset is of.</param>
    /// <param name="cancellationToken">Gives up waiting for a place.</param>
    public async Task<MarkHandle> AddSignalAsync(
        Signal signal, int era, CancellationToken cancellationToken)
    {
        var entry = await AddAsync(
            () => queue.NewSignal(signal, era), e => new AddSignal(e.Stored), cancellationToken)
            .ConfigureAwait(false);
        return new MarkHandle(entry.Settled);
    }

    /// <summary>Sends a parked message again, as the last of its conversation.</summary>
    /// <exception cref="ArgumentException">It is not parked, or no longer.</exception>
    public async Task<SendHandle> RetryAsync(string messageId, CancellationToken cancellationToken)
    {
        if (await store.FindParkedAsync(messageId, cancellationToken).ConfigureAwait(false) is not { } entry)
            throw new ArgumentException($"Message {messageId} is not parked.", nameof(messageId));
        return await AddMessageAsync(entry.Frame.Message, isNew: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forgets a parked message. Returns whether it was parked.</summary>
    public async Task<bool> DropAsync(string messageId)
    {
        var dropped = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var change = new DropParked(messageId);
        store.Write(change, failure =>
        {
            if (failure is null)
                dropped.SetResult(change.WasParked);
            else
                dropped.SetException(failure);
        });
        return await dropped.Task.ConfigureAwait(false);
    }

    // Once it has its place it is not cancelled: it would not be known whether the next client of this device sends it.
    private async Task<T> AddAsync<T>(
        Func<T> reserve, Func<T, StoreChange> change, CancellationToken cancellationToken)
        where T : OutboxEntry
    {
        var kept = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        T? entry = null;
        await slots.EnterAsync(() =>
        {
            entry = reserve();
            Keep(change(entry), entry, kept);
        }, cancellationToken).ConfigureAwait(false);
        try
        {
            await kept.Task.ConfigureAwait(false);
            return entry!;
        }
        catch
        {
            queue.Unreserve(entry!);
            store.Write(new Withdraw(entry!.Sequence));
            slots.Leave();
            throw;
        }
    }

    // It joins the queue in the order in which the store has it, so that a restart finds the same order.
    private void Keep(StoreChange change, OutboxEntry entry, TaskCompletionSource kept) =>
        store.Write(change, failure =>
        {
            if ((failure ?? queue.Append(entry)) is { } reason)
                kept.SetException(reason);
            else
                kept.SetResult();
        });
}
