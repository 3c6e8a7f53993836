using System.Runtime.CompilerServices;

namespace Messaging.Client;

/// <content>What comes down.</content>
public sealed partial class MessagingClient
{
    private int _isReading;

    /// <summary>
    /// Whether the server holds back what is in the queue, receipts too, until the application handles the messages
    /// that it was given: a window of them waits (protocol §5). Answers and awareness still come.
    /// </summary>
    public bool IsPaused => _rooms.Inbox.IsPaused;

    /// <summary>
    /// The messages of this user's queue, in order, each of them once: those sent to the user, those that the user's
    /// other devices sent, and those that this device sent before this client was made. Asking for the next one says
    /// that the last one is safe with the application; it is then acknowledged. One that is left by <c>break</c> or an
    /// exception is not, and comes first in the next enumeration: see <see cref="Acknowledge"/> (protocol §5).
    /// </summary>
    /// <remarks>
    /// Does not end by itself. One enumeration at a time: a second one throws
    /// <see cref="InvalidOperationException"/>. After a restore of the server from a backup, messages that were not
    /// acknowledged may come again.
    /// </remarks>
    /// <param name="cancellationToken">Ends the wait for the next message.</param>
    public async IAsyncEnumerable<ReceivedMessage> ReceiveAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isReading, 1) != 0)
            throw new InvalidOperationException("The messages are being enumerated already; one reader at a time.");
        try
        {
            while (true)
            {
                var next = await _rooms.Inbox.PeekAsync(cancellationToken).ConfigureAwait(false);
                yield return next;
                _rooms.Inbox.Handle(next);
            }
        }
        finally
        {
            Volatile.Write(ref _isReading, 0);
        }
    }

    /// <summary>
    /// Says that the message which <see cref="ReceiveAsync"/> gave last is safe with the application, without asking
    /// for the next one. Any other message is left as it is.
    /// </summary>
    /// <param name="message">The message.</param>
    public void Acknowledge(ReceivedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        _rooms.Inbox.Handle(message);
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
