using Messaging.Service.Ledger.Sqlite.State;
using Microsoft.Data.Sqlite;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>Reads pages of queues over one connection. Belongs to one thread at a time.</summary>
internal sealed class TableReader : IDisposable
{
    /// <summary>Where the journal's columns begin in <see cref="_page"/>.</summary>
    private const int FirstJournalColumn = 2;

    private readonly SqliteConnection _connection;
    private readonly Statement _page;
    private readonly Statement _emptied;
    private readonly Statement _watermarks;
    private readonly Names _names;

    public TableReader(SqliteConnection connection)
    {
        _connection = connection;
        var journalColumns = string.Join(", ", JournalRow.Columns.Split(", ").Select(column => "journal." + column));
        _page = new Statement(
            connection.Handle!,
            $"SELECT entry.signal_offset, entry.place, {journalColumns} "
            + "FROM entry JOIN journal ON journal.seq = entry.seq "
            + "WHERE entry.user = ? AND entry.signal_offset > ? AND entry.signal_offset <= ? "
            + "ORDER BY entry.signal_offset");
        _emptied = new Statement(connection.Handle!, "SELECT through FROM emptied WHERE user = ?");
        _watermarks = new Statement(
            connection.Handle!,
            "SELECT min(received), min(read) FROM member WHERE conversation = ? AND user <> ?");
        _names = new Names(connection.Handle!);
    }

    /// <summary>Adds the entries behind one offset and up to another to a page, until it is full.</summary>
    public void Read(UserKey user, SignalOffset after, SignalOffset through, PageBuilder page, ActiveStates active)
    {
        _page.Bind(1, user.Value).Bind(2, Math.Max(after.Value, EmptiedThrough(user))).Bind(3, through.Value);
        try
        {
            while (_page.Step())
            {
                var record = JournalRow.Read(_page, FirstJournalColumn, _names);
                var (offset, place) = (new SignalOffset(_page.Int32(0)), _page.Int32(1));
                RequirePlace(record, user, offset, place);
                var state = record is MessageRecord message ? StateOf(message, active) : MessageState.Sent;
                if (!page.TryAdd(new QueueEntry(offset, record, place, state)))
                    break;
            }
        }
        finally
        {
            _page.Reset();
        }
    }

    public void Dispose()
    {
        _page.Dispose();
        _emptied.Dispose();
        _watermarks.Dispose();
        _names.Dispose();
        _connection.Dispose();
    }

    /// <summary>Up to where retention has left nothing: however much that is, it need not be read.</summary>
    private int EmptiedThrough(UserKey user)
    {
        var through = _emptied.Bind(1, user.Value).Step() ? _emptied.Int32(0) : 0;
        _emptied.Reset();
        return through;
    }

    /// <summary>The entry has no checksum: the row that it names, which has one, must say the same.</summary>
    private static void RequirePlace(JournalRecord record, UserKey user, SignalOffset offset, int place)
    {
        var entries = record.Header.Entries;
        if (place < 0 || place >= entries.Length || entries[place].User != user || entries[place].Offset != offset)
        {
            throw new LedgerUnusableException(
                $"The ledger is damaged: entry {offset} of user {user.Value} is not what row {record.Sequence} of the journal says.");
        }
    }

    private MessageState StateOf(MessageRecord message, ActiveStates active)
    {
        // Memory is ahead of the table; a conversation that is not there stands in the table as it is.
        if (active.TryGet(message.Conversation, out var conversation))
            return conversation.StateOf(message.Header.User, message.UserOffset);

        _watermarks.Bind(1, message.Conversation.Value).Bind(2, message.Header.User.Value).Step();
        var (received, read) = _watermarks.IsNull(0) ? (0, 0) : (_watermarks.Int32(0), _watermarks.Int32(1));
        _watermarks.Reset();
        return message.UserOffset.Value <= read ? MessageState.Read
            : message.UserOffset.Value <= received ? MessageState.Received
            : MessageState.Sent;
    }
}
