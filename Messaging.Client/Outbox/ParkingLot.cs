using Messaging.Client.Storage;

namespace Messaging.Client.Outbox;

/// <summary>
/// The messages that the server will never take as they stand, until the application decides (protocol §4). Any
/// thread may call it.
/// </summary>
internal sealed class ParkingLot(IClientStore store)
{
    // An application that never looks must not fill the memory.
    private const int Most = 1024;

    private readonly Lock _gate = new();
    private readonly LinkedList<StoredEntry> _entries = [];

    public IReadOnlyList<ParkedMessage> Messages
    {
        get
        {
            lock (_gate)
                return [.. _entries.Select(FromOutbox.Parked)];
        }
    }

    /// <summary>Parks what the store keeps. Past the limit the oldest is forgotten; its handle has told of it.</summary>
    public void Park(StoredEntry entry)
    {
        StoredEntry? oldest = null;
        lock (_gate)
        {
            _entries.AddLast(entry);
            if (_entries.Count > Most)
            {
                oldest = _entries.First!.Value;
                _entries.RemoveFirst();
            }
        }
        if (oldest is not null)
            store.Remove(oldest.Sequence);
    }

    public StoredEntry? Find(string messageId)
    {
        lock (_gate)
            return _entries.FirstOrDefault(e => e.Frame.Message.Id == messageId);
    }

    /// <summary>Takes the message out, but not out of the store; null where it is not here.</summary>
    public StoredEntry? Take(string messageId)
    {
        lock (_gate)
        {
            var entry = _entries.FirstOrDefault(e => e.Frame.Message.Id == messageId);
            if (entry is not null)
                _entries.Remove(entry);
            return entry;
        }
    }
}
