using Messaging.Client.Protection;
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
    /// <param name="outgoing">The message.</param>
    /// <param name="isNew">Whether nobody can have sent this id before.</param>
    /// <param name="cancellationToken">Gives up waiting for a place.</param>
    /// <param name="replaced">The id of a parked message that this one takes the place of.</param>
    public async Task<SendHandle> AddMessageAsync(
        OutgoingFrame outgoing, bool isNew, CancellationToken cancellationToken, string? replaced = null)
    {
        var entry = await AddAsync(
            () => queue.Reserve(outgoing.Message, isNew),
            e => new AddMessage(e.Sequence, outgoing.Message, replaced) { Plain = outgoing.Plain },
            cancellationToken).ConfigureAwait(false);
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
        return await AddMessageAsync(new OutgoingFrame(entry.Frame.Message, entry.Plain), isNew: false, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>
    /// Keeps a message that cannot be used, and with it, in one step, the report about it, which goes up like others.
    /// Never waits: where the outbox is overfull, there is no report.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="report">What its sender is told, unless the store knows the message already.</param>
    /// <param name="era">The epoch under which it came.</param>
    /// <param name="done">Called once the store has the message, or with why it does not.</param>
    public void Take(TakeMessage message, Signal report, int era, Action<StoreFailedException?> done)
    {
        var isReported = slots.TryOverdraw(() =>
        {
            var entry = queue.NewSignal(report, era);
            var change = message with { Report = entry.Stored };
            store.Write(change, failure =>
            {
                if (failure is null && !change.IsReported)
                    slots.Leave();
                else if (failure is null && queue.Append(entry) is { } reason)
                    entry.Close(reason);
                done(failure);
            });
        });
        if (!isReported)
            store.Write(message, done);
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
            if (change is AddMessage { Earlier: { } earlier } && entry is MessageEntry message)
                message.GoAs(earlier);
            if ((failure ?? queue.Append(entry)) is { } reason)
                kept.SetException(reason);
            else
                kept.SetResult();
        });
}
