using Messaging.Client.Outbox;
using Messaging.Client.Storage;

namespace Messaging.Tests.Client.Support;

/// <summary>A store that survives its clients, and that the test can hold up.</summary>
internal sealed class TestStore : IClientStore
{
    private readonly MemoryClientStore _kept = new();

    /// <summary>What an entry has to wait for.</summary>
    public Task AddGate { get; set; } = Task.CompletedTask;

    /// <summary>What a position has to wait for.</summary>
    public Task PositionGate { get; set; } = Task.CompletedTask;

    public async ValueTask<StoredState> LoadAsync(CancellationToken cancellationToken) =>
        await _kept.LoadAsync(cancellationToken);

    public async ValueTask AddAsync(StoredEntry entry, CancellationToken cancellationToken)
    {
        await AddGate;
        await _kept.AddAsync(entry, cancellationToken);
    }

    public void Remove(long sequence) => _kept.Remove(sequence);

    public void Park(long sequence, Refusal refusal) => _kept.Park(sequence, refusal);

    public async ValueTask SavePositionAsync(StoredPosition position, CancellationToken cancellationToken)
    {
        await PositionGate;
        await _kept.SavePositionAsync(position, cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
