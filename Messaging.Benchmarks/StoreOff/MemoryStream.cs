using Messaging.Service.Ledger;

namespace Messaging.Benchmarks.StoreOff;

/// <inheritdoc cref="ILedgerStream"/>
internal sealed class MemoryStream(MemoryDevice device, IStreamListener listener) : ILedgerStream
{
    private volatile IStreamListener? _listener = listener;

    public MemoryDevice State => device;

    public IStreamListener? Listener => _listener;

    public Party Device => device.Party;

    public StreamNumber Number { get; } = device.Stream;

    public SignalOffset Head => device.User.PublishedHead;

    public SignalOffset Cursor => device.PublishedCursor;

    public bool IsFenced => false;

    public bool HasBlocked(string user) => false;

    /// <summary>Whether it is to be woken after the batch; writer's thread only.</summary>
    public bool IsWakeDue { get; set; }

    public ValueTask<QueuePage> ReadAsync(
        SignalOffset after, int maxEntries, int maxBytes, CancellationToken cancellationToken)
    {
        var head = device.User.PublishedHead;
        var entries = new List<QueueEntry>();
        device.User.Queue.Visit(after.Value + 1, head.Value, (entries, maxEntries), static (_, entry, page) =>
        {
            if (page.entries.Count == page.maxEntries)
                return false;
            page.entries.Add(entry);
            return true;
        });
        return ValueTask.FromResult(new QueuePage(entries, entries.Count > 0 ? entries[^1].Offset : head));
    }

    public void Dispose() => _listener = null;
}
