using Messaging.Service.Ledger.Sqlite.Retaining;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.Service.Ledger.Sqlite.Upkeep;

/// <summary>
/// Walks a ledger that is served, slowly and again and again, to find what rotted before somebody needs it: each row of
/// the journal against its checksums, and everything that was folded of it in its tables and indexes. One caller at a
/// time.
/// </summary>
internal sealed class Scrub : IDisposable
{
    /// <summary>Rows that are read in one transaction, which holds the write-ahead log as long.</summary>
    private const int Chunk = 200;

    /// <summary>What is found beyond that in one pass is not logged: the operator knows by then.</summary>
    private const int MostLogged = 20;

    private readonly SqliteConnection _connection;
    private readonly LedgerCondition _condition;
    private readonly ILogger _logger;
    private readonly Statement _begin;
    private readonly Statement _end;
    private readonly Statement _folded;
    private readonly Statement _retention;
    private readonly Statement _rows;
    private readonly Statement _byId;
    private readonly Statement _entry;
    private readonly Statement _message;
    private readonly Statement _remark;
    private readonly Statement _device;
    private readonly Statement _member;
    private readonly Names _names;
    private long _reached;
    private int _found;

    public Scrub(SqliteConnection connection, LedgerCondition condition, ILogger logger)
    {
        (_connection, _condition, _logger) = (connection, condition, logger);
        _begin = Prepare("BEGIN");
        _end = Prepare("ROLLBACK");
        _folded = Prepare("SELECT projected_seq FROM ledger");
        _retention = RetentionStanding.Prepare(connection.Handle!);
        _rows = Prepare($"SELECT {JournalRow.Columns} FROM journal WHERE seq > ? ORDER BY seq LIMIT ?");
        _byId = Prepare("SELECT seq FROM journal WHERE id = ? AND user = ?");
        _entry = Prepare("SELECT seq FROM entry WHERE user = ? AND signal_offset = ? AND place = ?");
        _message = Prepare(
            "SELECT seq FROM message INDEXED BY message_by_author WHERE conversation = ? AND author = ? AND user_offset = ?");
        _remark = Prepare("SELECT message FROM remark WHERE message = ? AND user = ? AND kind = ?");
        _device = Prepare("SELECT user FROM device WHERE key = ?");
        _member = Prepare("SELECT user FROM member WHERE conversation = ? AND user = ?");
        _names = new Names(connection.Handle!);
    }

    /// <summary>Checks the next rows.</summary>
    /// <returns>Whether the end was reached; the next call begins at the first row again.</returns>
    public bool Next(int rows)
    {
        for (; rows > 0; rows -= Chunk)
        {
            if (NextChunk(Math.Min(rows, Chunk)))
                continue;
            (_reached, _found) = (0, 0);
            return true;
        }

        return false;
    }

    public void Dispose()
    {
        foreach (var statement in (ReadOnlySpan<Statement>)[_begin, _end, _folded, _retention, _rows, _byId, _entry, _message, _remark, _device, _member])
            statement.Dispose();
        _names.Dispose();
        _connection.Dispose();
    }

    private Statement Prepare(string sql) => new(_connection.Handle!, sql);

    /// <returns>Whether there were so many.</returns>
    private bool NextChunk(int rows)
    {
        try
        {
            _begin.Run();
            var folded = Look(_folded)!.Value;
            var counted = Counted();
            _rows.Bind(1, _reached).Bind(2, rows);
            var read = 0;
            for (; _rows.Step(); read++)
            {
                _reached = _rows.Int64(0);
                Check(folded, counted);
            }

            return read == rows;
        }
        catch (LedgerFailureException failure)
        {
            if (failure.IsRot)
                Found($"behind row {_reached} of the journal the file can't be read: {failure.Message}");
            return false;
        }
        finally
        {
            _rows.Reset();
            if (raw.sqlite3_get_autocommit(_connection.Handle!) == 0) // some failures end it by themselves
                _end.Run();
        }
    }

    /// <summary>Up to where retention may have emptied rows.</summary>
    private long Counted()
    {
        try
        {
            return RetentionStanding.Read(_retention).Counted;
        }
        catch (LedgerUnusableException damaged)
        {
            Found(damaged.Message);
            return long.MaxValue;
        }
    }

    private void Check(long folded, long counted)
    {
        try
        {
            var record = JournalRow.Read(_rows, 0, _names);
            if (record.Sequence > counted && JournalRow.Weigh(_rows, 0).IsEmptied)
                Found($"the body of row {record.Sequence} of the journal is missing");
            if (record.Sequence <= folded && Missing(record) is { } missing)
                Found($"{missing} does not hold what row {record.Sequence} of the journal says");
        }
        catch (LedgerUnusableException damaged)
        {
            Found(damaged.Message);
        }
    }

    /// <summary>The table in which something is missing that a folded record says.</summary>
    private string? Missing(JournalRecord record)
    {
        var (header, sequence) = (record.Header, record.Sequence);
        // One that came on no stream may have been written by another user's device, or by none.
        if (header.Device.Value != 0 && Look(_device.Bind(1, header.Device.Value)) is var owner
            && (owner is null || (owner != header.User.Value && header.Stream.Value != 0)))
            return "device";
        for (var place = 0; place < header.Entries.Length; place++)
        {
            var entry = header.Entries[place];
            if (entry.Offset > SignalOffset.None
                && Look(_entry.Bind(1, entry.User.Value).Bind(2, entry.Offset.Value).Bind(3, place)) != sequence)
                return "entry";
        }

        if (State.Remark.Of(record) is { } remark
            && Look(_remark.Bind(1, remark.Message).Bind(2, remark.User.Value).Bind(3, (long)remark.Kind)) is null)
            return "remark";
        if (record is not MessageRecord message)
            return null;
        if (Look(_byId.Bind(1, message.Id).Bind(2, header.User.Value)) != sequence)
            return "journal_message_id";
        if (Look(_member.Bind(1, message.Conversation.Value).Bind(2, header.User.Value)) is null)
            return "member";
        _message.Bind(1, message.Conversation.Value).Bind(2, header.User.Value).Bind(3, message.UserOffset.Value);
        return Look(_message) == sequence ? null : "message";
    }

    private static long? Look(Statement query)
    {
        try
        {
            return query.Step() ? query.Int64(0) : null;
        }
        finally
        {
            query.Reset();
        }
    }

    private void Found(string what)
    {
        _ = _condition.Damaged(what);
        if (++_found <= MostLogged)
            _logger.RotFound(what);
    }
}
