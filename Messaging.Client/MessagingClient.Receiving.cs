using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace Messaging.Client;

/// <content>What comes down.</content>
public sealed partial class MessagingClient
{
    private int _isReading;

    /// <summary>
    /// Whether the server holds back what is in the queue, receipts too, until the application handles the messages
    /// that it was given: a window of them waits (protocol §5). Answers and awareness still come. Never with a store in
    /// a file, where messages wait on this device.
    /// </summary>
    public bool IsHeldBack => _rooms.Feed is null && _rooms.Inbox.IsPaused;

    /// <summary>
    /// The messages of this user's queue that are not handled, in order: those that an earlier client of the store left,
    /// then what comes. They are what was sent to the user, what the user's other devices sent, and what this device
    /// sent before its store was made. Asking for the next one says that the last one is handled. One that is left by
    /// <c>break</c> or an exception is not, and comes first in the next enumeration: see <see cref="Acknowledge"/>.
    /// </summary>
    /// <remarks>
    /// Each message comes into the store once, however often the server gives it out, and is acknowledged to the server
    /// once it is safe: with a store in a file when it is there, with one in memory when it is handled (protocol §5). The
    /// application gets it at least once: a process that ends in the midst of a message, or up to 100 ms after the next
    /// one was asked for, gets it again; <see cref="HandleAsync"/> excludes that. With a store in memory, messages that
    /// were not acknowledged may also come again after a restore of the server from a backup.
    /// Does not end by itself. One enumeration at a time: a second one throws <see cref="InvalidOperationException"/>.
    /// </remarks>
    /// <param name="cancellationToken">Ends the wait for the next message.</param>
    public async IAsyncEnumerable<ReceivedMessage> ReceiveAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isReading, 1) != 0)
            throw new InvalidOperationException("The messages are being enumerated already; one reader at a time.");
        ClientTelemetry.Processing processing = default;
        try
        {
            while (true)
            {
                var next = _rooms.Feed is { } feed
                    ? await feed.PeekAsync(cancellationToken).ConfigureAwait(false)
                    : await _rooms.Inbox.PeekAsync(cancellationToken).ConfigureAwait(false);
                processing = ClientTelemetry.Give(next.Id);
                yield return next;
                Acknowledge(next);
                processing.Handled();
            }
        }
        finally
        {
            processing.Leave();
            Volatile.Write(ref _isReading, 0);
        }
    }

    /// <summary>
    /// Says that the message which <see cref="ReceiveAsync"/> gave last is handled, without asking for the next one. Any
    /// other message is left as it is.
    /// </summary>
    /// <param name="message">The message.</param>
    public void Acknowledge(ReceivedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (_rooms.Feed is { } feed)
            feed.Handle(message);
        else
            _rooms.Inbox.Handle(message);
    }

    /// <summary>
    /// Handles the message which <see cref="ReceiveAsync"/> gave last in one transaction with what the application
    /// writes to its own tables in the store's file: either both are there after a crash, or neither. Needs a store that
    /// was opened from a file.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="write">
    /// The application's statements, on the store's connection and within its transaction, which they must not end. They
    /// run on the store's own thread, which everything else waits for: they are to be quick, and must not call the
    /// client. What they throw takes back what they wrote, leaves the message unhandled and is thrown here.
    /// </param>
    /// <returns>Completes when both are on disk.</returns>
    /// <exception cref="InvalidOperationException">
    /// It is not the message that was given last, or the store is in memory.
    /// </exception>
    /// <exception cref="StoreFailedException">It may or may not be done; the client has ended.</exception>
    public Task HandleAsync(ReceivedMessage message, Action<SqliteConnection> write)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(write);
        return _rooms.Feed is { } feed
            ? feed.HandleAsync(message, write)
            : throw new InvalidOperationException("The store is in memory; MessagingStore.Open gives one in a file.");
    }

    /// <summary>
    /// Receipts from this call's first step on, as they come. They are cumulative: a watcher that is more than 1,024
    /// behind loses the oldest. Ends with the client. Any number may watch.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait for the next one.</param>
    public IAsyncEnumerable<Receipt> WatchReceiptsAsync(CancellationToken cancellationToken = default) =>
        _rooms.Intake.Receipts.WatchAsync(cancellationToken);

    /// <summary>
    /// What other users are doing, from this call's first step on (protocol §7). A watcher that does not keep up gets
    /// the newest of each sending device, of at most 64. Ends with the client. Any number may watch.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait for the next one.</param>
    public IAsyncEnumerable<Awareness> WatchAwarenessAsync(CancellationToken cancellationToken = default) =>
        _rooms.Intake.Awareness.WatchAsync(cancellationToken);
}
