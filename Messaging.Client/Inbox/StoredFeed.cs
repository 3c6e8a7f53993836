using Messaging.Client.Connection;
using Messaging.Client.Storage;
using Messaging.Client.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Messaging.Client.Inbox;

/// <summary>
/// Hands out what the store has and the application has not handled, page by page: how much waits costs no memory. One
/// reader at a time; any thread may say that more has come.
/// </summary>
internal sealed class StoredFeed(SqliteStore store)
{
    private const int PageSize = 64;

    private readonly Lock _gate = new();
    private readonly WorkSignal _arrived = new();

    // The first one may be in the reader's hands.
    private readonly Queue<WaitingMessage> _page = new();
    private long _last;
    private MessagingException? _closed;

    /// <summary>The store has another message.</summary>
    public void Arrived() => _arrived.Set();

    /// <summary>The next message for the application; it stays the next until it is handled.</summary>
    public async ValueTask<ReceivedMessage> PeekAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_closed is { } reason)
                    throw reason;
                if (_page.TryPeek(out var next))
                    return next.Message;
            }
            var page = await store.ReadUnhandledAsync(_last, PageSize, cancellationToken).ConfigureAwait(false);
            if (page.Count == 0)
                await _arrived.WaitAsync(cancellationToken).ConfigureAwait(false);
            lock (_gate)
            {
                foreach (var message in page)
                    _page.Enqueue(message);
            }
        }
    }

    /// <summary>The application has handled the message, where it is the next one.</summary>
    public void Handle(ReceivedMessage message)
    {
        if (TryTake(message) is { } taken)
            store.Handled(taken.Number);
    }

    /// <summary>As <see cref="Handle"/>, in one transaction with what the application writes.</summary>
    /// <exception cref="InvalidOperationException">It is not the next one.</exception>
    public async Task HandleAsync(ReceivedMessage message, Action<SqliteConnection> write)
    {
        WaitingMessage? next;
        lock (_gate)
        {
            if (!_page.TryPeek(out next) || !ReferenceEquals(next.Message, message))
                throw new InvalidOperationException("This is not the message that was received last, or it is handled.");
        }
        await store.HandleAsync(next.Number, write).ConfigureAwait(false);
        TryTake(message);
    }

    public void Close(MessagingException reason)
    {
        lock (_gate)
            _closed = reason;
        _arrived.Set();
    }

    private WaitingMessage? TryTake(ReceivedMessage message)
    {
        lock (_gate)
        {
            if (!_page.TryPeek(out var next) || !ReferenceEquals(next.Message, message))
                return null;
            _last = next.Number;
            return _page.Dequeue();
        }
    }
}
