using Messaging.Client.Inbox;
using Messaging.Client.Outbox;
using Messaging.Client.Storage;
using Microsoft.Extensions.Logging;

namespace Messaging.Client.Connection;

/// <summary>What outlives the streams, put together.</summary>
internal sealed class ClientRooms
{
    private readonly SendSlots _slots;
    private readonly TaskCompletionSource _restored = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="options">How the client behaves.</param>
    /// <param name="jitter">From 0 up to 1.</param>
    public ClientRooms(MessagingClientOptions options, Func<double> jitter)
    {
        Store = options.Store ?? new MemoryClientStore();
        Inbox = new ReceiveQueue(WriteWork, new AcknowledgementPace(options, jitter, WriteWork));
        Receipts = new ReceiptBook(options.User);
        Parked = new ParkingLot(Store);
        Awareness = new AwarenessQueue(WriteWork);
        _slots = new SendSlots(options.MaxUnacceptedMessages);
        Outbox = new SendQueue(OffsetRetry.Pipeline(options, jitter), Receipts,
            new Settlement(_slots, Store, Parked), WriteWork);
        Handover = new Handover(_slots, Store, Outbox, Parked, _restored.Task);
        Intake = new FrameIntake(Inbox, Outbox, Receipts, options.User,
            options.LoggerFactory.CreateLogger<MessagingClient>());
    }

    /// <summary>Set when there is something to write.</summary>
    public WorkSignal WriteWork { get; } = new();

    public IClientStore Store { get; }

    public ReceiveQueue Inbox { get; }

    public SendQueue Outbox { get; }

    public Handover Handover { get; }

    public ParkingLot Parked { get; }

    public AwarenessQueue Awareness { get; }

    public ReceiptBook Receipts { get; }

    public FrameIntake Intake { get; }

    /// <summary>What an earlier client of this device has left; before the first stream.</summary>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        var left = await Store.LoadAsync(cancellationToken).ConfigureAwait(false);
        if (left.Position is { } position)
            Inbox.Restore(position);
        Outbox.Restore(left.Entries);
        foreach (var entry in left.Entries)
        {
            if (entry.Refusal is null)
                _slots.TryEnter();
            else
                Parked.Park(entry);
        }
        _restored.SetResult();
    }

    /// <summary>What was handled and could not be acknowledged need not come again.</summary>
    public async Task SavePositionAsync()
    {
        if (Inbox.Safe is { } position)
            await Store.SavePositionAsync(position, CancellationToken.None).ConfigureAwait(false);
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
        Intake.Receipts.Complete();
        Intake.Awareness.Complete();
        await Store.DisposeAsync().ConfigureAwait(false);
    }
}
