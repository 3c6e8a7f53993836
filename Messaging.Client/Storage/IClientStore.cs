using Messaging.Client.Outbox;

namespace Messaging.Client.Storage;

/// <summary>
/// What the client must not forget: what it has promised to send, and how far the application's copy is safe. One
/// client uses it at a time, from several threads. A completed task says that it would survive what the store is
/// there to survive; what a store throws ends the client or the call that asked.
/// </summary>
internal interface IClientStore : IAsyncDisposable
{
    /// <summary>Asked once, before anything else.</summary>
    ValueTask<StoredState> LoadAsync(CancellationToken cancellationToken);

    /// <summary>Keeps an entry. Those under way at the same time may share a write.</summary>
    ValueTask AddAsync(StoredEntry entry, CancellationToken cancellationToken);

    /// <summary>
    /// The entry is settled. May be written late: one that is forgotten too late is sent again, which is harmless.
    /// </summary>
    void Remove(long sequence);

    /// <summary>
    /// The server will never take the entry. May be written late: it would be sent and refused again.
    /// </summary>
    void Park(long sequence, Refusal refusal);

    /// <summary>Keeps the position; awaited before it is acknowledged.</summary>
    ValueTask SavePositionAsync(StoredPosition position, CancellationToken cancellationToken);
}
