using Messaging.Client.Inbox;
using Messaging.Client.Outbox;
using Messaging.Client.Protection;
using Messaging.Client.Storage.Sqlite;
using Microsoft.Extensions.Logging;

namespace Messaging.Client.Connection;

/// <summary>What outlives the streams, put together.</summary>
internal sealed class ClientRooms
{
    private readonly SendSlots _slots;
    private readonly bool _ownsStore;
    private readonly int? _window;
    private readonly TaskCompletionSource _restored = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="options">How the client behaves.</param>
    /// <param name="jitter">From 0 up to 1.</param>
    /// <exception cref="StoreUnusableException">The store is another device's, or in use.</exception>
    public ClientRooms(MessagingClientOptions options, Func<double> jitter)
    {
        _ownsStore = options.Store is null;
        _window = options.Window;
        Store = options.Store ?? MessagingStore.InMemory();
        Store.Attach(options.User, options.Device);
        Feed = Store is SqliteStore file ? new StoredFeed(file) : null;
        Inbox = new ReceiveQueue(WriteWork, new AcknowledgementPace(options, jitter, WriteWork));
        Receipts = new ReceiptBook(options.User);
        Awareness = new AwarenessQueue(WriteWork);
        _slots = new SendSlots(options.MaxUnacceptedMessages);
        Outbox = new SendQueue(
            OffsetRetry.Pipeline(options, jitter), Receipts, new Settlement(_slots, Store, Failure), WriteWork);
        Handover = new Handover(_slots, Store, Outbox);
        var logger = options.LoggerFactory.CreateLogger<MessagingClient>();
        Intake = new FrameIntake(this, new Opening(options.Protector, logger), options.User, logger);
    }

    /// <summary>Set when there is something to write.</summary>
    public WorkSignal WriteWork { get; } = new();

    /// <summary>Completes when what an earlier client has left is here, or the client has ended.</summary>
    public Task Restored => _restored.Task;

    public MessagingStore Store { get; }

    /// <summary>Hands out what a durable store has; null where messages wait in the <see cref="Inbox"/>.</summary>
    public StoredFeed? Feed { get; }

    /// <summary>Tells when the store fails.</summary>
    public StoreFailure Failure { get; } = new();

    public ReceiveQueue Inbox { get; }

    public SendQueue Outbox { get; }

    public Handover Handover { get; }

    public AwarenessQueue Awareness { get; }

    public ReceiptBook Receipts { get; }

    public FrameIntake Intake { get; }

    /// <summary>
    /// How much the server may have in flight: a window is only ever cut down (protocol §2.25), so never more than was
    /// asked for, whatever it says.
    /// </summary>
    public int? WindowOf(StreamHeaders headers) =>
        headers.Window is { } named && _window is { } asked ? Math.Min(named, asked) : headers.Window ?? _window;

    /// <summary>What an earlier client of this device has left; before the first stream.</summary>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        var left = await Store.LoadAsync(cancellationToken).ConfigureAwait(false);
        if (left.Position is { } position)
            Inbox.Restore(position, left.Era);
        foreach (var (peer, received, read) in left.Watermarks)
            Receipts.Restore(peer, received, read);
        Outbox.Restore(left);
        // What an earlier client has left goes first, and its ids and places count.
        _slots.Open(left.Entries.Count);
        _restored.SetResult();
    }

    /// <summary>What was handled and could not be acknowledged need not come again.</summary>
    /// <exception cref="StoreFailedException">Not everything is in the store.</exception>
    public async Task SaveAsync()
    {
        if (Inbox.Safe is { } position)
            Store.SavePosition(position);
        await Store.FlushAsync().ConfigureAwait(false);
    }

    /// <summary>There is no stream for a while: everything is kept, and no clock runs.</summary>
    /// <exception cref="StoreFailedException">Not everything is in the store.</exception>
    public async Task RestAsync()
    {
        Inbox.Rest();
        await Outbox.RestAsync().ConfigureAwait(false);
        await SaveAsync().ConfigureAwait(false);
    }

    /// <summary>Nobody is left waiting. Called when no stream is left.</summary>
    public async Task CloseAsync(MessagingException reason)
    {
        _slots.Close(reason);
        _restored.TrySetResult();
        await Outbox.CloseAsync(reason).ConfigureAwait(false);
        Outbox.Dispose();
        Receipts.Close(reason);
        Inbox.Close(reason);
        Feed?.Close(reason);
        Intake.Receipts.Complete();
        Intake.Awareness.Complete();
        await Failure.DisposeAsync().ConfigureAwait(false);
        if (_ownsStore)
            await Store.DisposeAsync().ConfigureAwait(false);
        else
            Store.Detach();
    }
}
