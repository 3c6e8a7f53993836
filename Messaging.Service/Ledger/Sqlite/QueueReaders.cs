using System.Collections.Concurrent;
using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>
/// Reads queues: recent entries from memory at once, older ones from disk over a few connections. Safe for concurrent
/// use.
/// </summary>
internal sealed class QueueReaders : IDisposable
{
    private readonly ActiveStates _active;
    private readonly LedgerCondition _condition;
    private readonly ILogger _logger;
    private readonly ConcurrentBag<TableReader> _idle = [];
    private readonly SemaphoreSlim _free;

    public QueueReaders(LedgerFile file, ActiveStates active, int count, LedgerCondition condition, ILogger logger)
    {
        (_active, _condition, _logger) = (active, condition, logger);
        _free = new SemaphoreSlim(count, count);
        for (var i = 0; i < count; i++)
            _idle.Add(new TableReader(file.ConnectReadOnly()));
    }

    public ValueTask<QueuePage> ReadAsync(
        UserState user, SignalOffset after, int maxEntries, int maxBytes, CancellationToken cancellationToken)
    {
        // The head first: what is behind it may still be on its way to the disk.
        var head = user.PublishedHead;
        if (after >= head)
            return ValueTask.FromResult(new QueuePage([], after));

        var page = new PageBuilder(maxEntries, maxBytes);
        var firstRecent = user.Recent.Visit(
            after.Value + 1, head.Value, (page, _active), static (offset, entry, argument) =>
                argument.page.TryAdd(new QueueEntry(
                    new SignalOffset(offset), entry.Record, entry.Place, StateOf(entry.Record, argument._active))));
        if (firstRecent <= after.Value + 1)
            return ValueTask.FromResult(page.Build(head));

        // What lies before the first recent entry has been folded, all of it: an offset missing there holds nothing.
        var through = new SignalOffset(Math.Min(head.Value, firstRecent - 1));
        return ReadTableAsync(user.Key, after, through, new PageBuilder(maxEntries, maxBytes), cancellationToken);
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var reader))
            reader.Dispose();
        _free.Dispose();
    }

    private static MessageState StateOf(JournalRecord record, ActiveStates active) =>
        record is MessageRecord message && active.TryGet(message.Conversation, out var conversation)
            ? conversation.StateOf(message.Header.User, message.UserOffset)
            : MessageState.Sent;

    private async ValueTask<QueuePage> ReadTableAsync(
        UserKey user, SignalOffset after, SignalOffset through, PageBuilder page, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(!_idle.TryTake(out var reader), this);
            try
            {
                reader!.Read(user, after, through, page, _active);
            }
            catch (Exception exception) when (exception is LedgerUnusableException or LedgerFailureException { IsRot: true })
            {
                // What follows in the queue is not served either: it would be out of order.
                if (_condition.Damaged(exception.Message))
                    _logger.RotFound(exception.Message);
                throw;
            }
            finally
            {
                _idle.Add(reader!);
            }
        }
        finally
        {
            _free.Release();
        }

        return page.Build(through);
    }
}
