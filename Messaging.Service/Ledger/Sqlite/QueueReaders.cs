using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>
/// Reads queues: recent entries from memory at once, older ones from disk over a few connections. Safe for concurrent
/// use.
/// </summary>
internal sealed class QueueReaders(ReaderPool<TableReader> pool, ActiveStates active)
{
    public ValueTask<QueuePage> ReadAsync(
        UserState user, SignalOffset after, int maxEntries, int maxBytes, CancellationToken cancellationToken)
    {
        // The head first: what is behind it may still be on its way to the disk.
        var head = user.PublishedHead;
        if (after >= head)
            return ValueTask.FromResult(new QueuePage([], after));

        var page = new PageBuilder(maxEntries, maxBytes);
        var firstRecent = user.Recent.Visit(
            after.Value + 1, head.Value, (page, active), static (offset, entry, argument) =>
                argument.page.TryAdd(new QueueEntry(
                    new SignalOffset(offset), entry.Record, entry.Place, StateOf(entry.Record, argument.active))));
        if (firstRecent <= after.Value + 1)
            return ValueTask.FromResult(page.Build(head));

        // What lies before the first recent entry has been folded, all of it: an offset missing there holds nothing.
        var through = new SignalOffset(Math.Min(head.Value, firstRecent - 1));
        // Where one of them is rotten, what follows is not served either: it would be out of order.
        return pool.ReadAsync(
            (user.Key, after, through, Page: new PageBuilder(maxEntries, maxBytes), active),
            static (reader, argument) =>
            {
                reader.Read(argument.Key, argument.after, argument.through, argument.Page, argument.active);
                return argument.Page.Build(argument.through);
            },
            cancellationToken);
    }

    private static MessageState StateOf(JournalRecord record, ActiveStates active) =>
        record is MessageRecord message && active.TryGet(message.Conversation, out var conversation)
            ? conversation.StateOf(message.Header.User, message.UserOffset)
            : MessageState.Sent;
}
