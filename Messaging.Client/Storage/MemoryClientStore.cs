using Messaging.Client.Outbox;

namespace Messaging.Client.Storage;

/// <summary>Keeps everything for as long as the process lives.</summary>
internal sealed class MemoryClientStore : IClientStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, StoredEntry> _entries = [];
    private StoredPosition? _position;

    public ValueTask<StoredState> LoadAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            return new(new StoredState(_position, [.. _entries.Values.OrderBy(e => e.Sequence)]));
    }

    public ValueTask AddAsync(StoredEntry entry, CancellationToken cancellationToken)
    {
        lock (_gate)
            _entries.Add(entry.Sequence, entry);
        return ValueTask.CompletedTask;
    }

    public void Remove(long sequence)
    {
        lock (_gate)
            _entries.Remove(sequence);
    }

    public void Park(long sequence, Refusal refusal)
    {
        lock (_gate)
            _entries[sequence] = _entries[sequence] with { Refusal = refusal };
    }

    public ValueTask SavePositionAsync(StoredPosition position, CancellationToken cancellationToken)
    {
        lock (_gate)
            _position = position;
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
