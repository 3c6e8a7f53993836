namespace Messaging.Service.Ledger;

/// <summary>
/// The ledger of offsets: the only one who assigns them. Work is handed to its single writer as
/// <see cref="Submission"/>s and settled in the order in which it came; a settlement says "on disk", a power cut
/// included (protocol §1). Safe for concurrent use.
/// </summary>
public interface ILedger : IAsyncDisposable
{
    /// <summary>An id of this ledger; another value means that offsets seen before no longer hold (protocol §2).</summary>
    string Epoch { get; }

    /// <summary>
    /// Ends when the writer has stopped: normally after <see cref="IAsyncDisposable.DisposeAsync"/>, faulted when
    /// the disk can no longer be trusted. After a fault nothing is settled as recorded any more.
    /// </summary>
    Task Completion { get; }

    /// <summary>
    /// Hands work to the writer. Ends when the writer's queue has room for it, which is before it is settled; work
    /// handed over by one caller keeps its order.
    /// </summary>
    /// <exception cref="LedgerClosedException">It has been closed, or has failed.</exception>
    ValueTask SubmitAsync(Submission submission, CancellationToken cancellationToken);

    /// <summary>
    /// Reads a stretch of a conversation's timeline, only what is on disk, beside the writer. A conversation that there is
    /// not reads like one in which nothing was said. Null where the device that asks has been removed from its account
    /// (protocol §11) and that can be seen.
    /// </summary>
    /// <exception cref="LedgerClosedException">It has been closed.</exception>
    ValueTask<HistoryPage?> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken);

    /// <summary>Reads how a user's conversations stand, likewise.</summary>
    /// <exception cref="LedgerClosedException">It has been closed.</exception>
    ValueTask<ConversationPage?> ReadConversationsAsync(ConversationQuery query, CancellationToken cancellationToken);
}
