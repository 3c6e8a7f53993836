namespace Messaging.Service.Ledger.Sqlite;

/// <summary>Gathers the entries of one page until it is full.</summary>
internal sealed class PageBuilder(int maxEntries, int maxBytes)
{
    private readonly List<QueueEntry> _entries = new(Math.Min(maxEntries, 64));
    private long _bytes;
    private bool _isFull;

    /// <summary>Adds the next entry, unless the page is full.</summary>
    public bool TryAdd(QueueEntry entry)
    {
        var bytes = entry.Record is MessageRecord message ? message.Body.Length : 0;
        if (_entries.Count == maxEntries || (_entries.Count > 0 && _bytes + bytes > maxBytes))
        {
            _isFull = true;
            return false;
        }

        _entries.Add(entry);
        _bytes += bytes;
        return true;
    }

    /// <param name="through">What the page accounts for, if it was not full before.</param>
    public QueuePage Build(SignalOffset through) => new(_entries, _isFull ? _entries[^1].Offset : through);
}
