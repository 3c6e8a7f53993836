using System.Diagnostics;
using SQLitePCL;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>
/// Folds the journal into the tables that are looked things up in. A fold takes many rows, sorts what they say by
/// table and key so that neighbours share pages, and writes that in short slices inside the transactions of ordinary
/// batches. Every write is one that may be repeated, so a fold that a crash cuts short is simply done again.
/// Writer's thread only.
/// </summary>
internal sealed class Projections(sqlite3 connection, int writesPerLook) : IDisposable
{
    private readonly Statement _entry = Prepare(
        connection,
        "INSERT OR REPLACE INTO entry (user, signal_offset, seq, place, conversation, user_offset, author) "
        + "VALUES (?, ?, ?, ?, ?, ?, ?)");
    private readonly Statement _message = Prepare(
        connection,
        "INSERT OR REPLACE INTO message (conversation, user_offset, author, seq) VALUES (?, ?, ?, ?)");
    private readonly Statement _head = Prepare(connection, "UPDATE user SET head = ?2 WHERE key = ?1");
    private readonly Statement _settled = Prepare(connection, "UPDATE user SET settled = ?2 WHERE key = ?1");
    private readonly Statement _cursor = Prepare(connection, "UPDATE device SET cursor = ?2, seen = max(seen, ?3) WHERE key = ?1");
    private readonly Statement _stream = Prepare(connection, "UPDATE device SET stream = ?2 WHERE key = ?1");
    private readonly Statement _seen = Prepare(connection, "UPDATE device SET seen = max(seen, ?2) WHERE key = ?1");
    private readonly Statement _timeline = Prepare(connection, "UPDATE conversation SET head = ?2 WHERE key = ?1");
    private readonly Statement _member = Prepare(
        connection,
        "UPDATE member SET received = max(received, ?3), read = max(read, ?4) WHERE conversation = ?1 AND user = ?2");
    private readonly Statement _remark = Prepare(
        connection, "INSERT OR IGNORE INTO remark (message, user, kind) VALUES (?, ?, ?)");
    private readonly Statement _block = Prepare(connection, "INSERT OR IGNORE INTO block (user, name) VALUES (?, ?)");
    private readonly Statement _unblock = Prepare(connection, "DELETE FROM block WHERE user = ? AND name = ?");
    private readonly Statement _label = Prepare(connection, "UPDATE device SET label = ?2 WHERE key = ?1");
    private readonly Statement _revoked = Prepare(
        connection, "UPDATE device SET revoked = ?2, stream = ?2 WHERE key = ?1");
    private readonly Statement _projected = Prepare(connection, "UPDATE ledger SET projected_seq = ?");

    private readonly Fold _fold = new();

    /// <summary>Whether a fold is under way.</summary>
    public bool IsFolding => _fold.Through > 0;

    /// <summary>Begins a fold of these rows, the oldest that are not folded.</summary>
    public void Begin(IEnumerable<JournalRecord> rows) => _fold.Fill(rows);

    /// <summary>
    /// Writes the next slice of the fold under way, for about as long as <paramref name="budget"/>, in the caller's
    /// transaction.
    /// </summary>
    /// <returns>The sequence it reached, where this slice is the last; it holds once the transaction does.</returns>
    public long? WriteSlice(TimeSpan budget)
    {
        if (!IsFolding)
            return null;

        var started = Stopwatch.GetTimestamp();
        while (_fold.Next < _fold.Writes.Count)
        {
            Write(_fold.Writes[_fold.Next++]);

            if (_fold.Next % writesPerLook == 0 && Stopwatch.GetElapsedTime(started) > budget)
                return null;
        }

        _projected.Bind(1, _fold.Through).Run();
        return _fold.Through;
    }

    /// <summary>The last slice is on disk.</summary>
    public void End() => _fold.Clear();

    /// <summary>The transaction failed: what was written in it, or cannot be told from it, is written again.</summary>
    public void StartOver() => _fold.StartOver();

    public void Dispose()
    {
        foreach (var statement in (ReadOnlySpan<Statement>)
                 [
                     _entry, _message, _head, _settled, _cursor, _stream, _seen, _timeline, _member, _remark, _block, _unblock,
                     _label, _revoked, _projected,
                 ])
            statement.Dispose();
    }

    private static Statement Prepare(sqlite3 connection, string sql) => new(connection, sql);

    private void Write(in FoldWrite write)
    {
        switch (write.Table)
        {
            case FoldTable.Entry:
                _entry.Bind(1, write.Key).Bind(2, write.Offset).Bind(3, write.Record!.Sequence).Bind(4, write.Place);
                if (write.Record is MessageRecord message)
                    _entry.Bind(5, message.Conversation.Value).Bind(6, message.UserOffset.Value).Bind(7, message.Header.User.Value);
                else
                    _entry.BindNull(5).BindNull(6).BindNull(7);
                _entry.Run();
                break;
            case FoldTable.Message:
                _message.Bind(1, write.Key).Bind(2, write.Offset);
                _message.Bind(3, write.Record!.Header.User.Value).Bind(4, write.Record.Sequence).Run();
                break;
            case FoldTable.Member:
                var receipt = (ReceiptRecord)write.Record!;
                _member.Bind(1, write.Key).Bind(2, receipt.Header.User.Value).Bind(3, receipt.UpTo.Value);
                _member.Bind(4, receipt.Kind == ReceiptKind.Read ? receipt.UpTo.Value : 0).Run();
                break;
            case FoldTable.Remark:
                _remark.Bind(1, write.Key).Bind(2, write.Offset);
                _remark.Bind(3, (long)State.Remark.Of(write.Record!)!.Value.Kind).Run();
                break;
            case FoldTable.Head:
                _head.Bind(1, write.Key).Bind(2, write.Offset).Run();
                break;
            case FoldTable.Settled:
                _settled.Bind(1, write.Key).Bind(2, write.Offset).Run();
                break;
            case FoldTable.Cursor:
                _cursor.Bind(1, write.Key).Bind(2, write.Offset).Bind(3, write.Record!.RecordedAt).Run();
                break;
            case FoldTable.Stream:
                _stream.Bind(1, write.Key).Bind(2, write.Offset).Run();
                break;
            case FoldTable.Seen:
                _seen.Bind(1, write.Key).Bind(2, write.Offset).Run();
                break;
            case FoldTable.Block:
                var block = (BlockRecord)write.Record!;
                (block.IsLifted ? _unblock : _block).Bind(1, write.Key).Bind(2, block.Blocked).Run();
                break;
            case FoldTable.Label:
                _label.Bind(1, write.Key).Bind(2, ((LabelRecord)write.Record!).Label).Run();
                break;
            case FoldTable.Revoked:
                _revoked.Bind(1, write.Key).Bind(2, write.Offset).Run();
                break;
            case FoldTable.Timeline:
                _timeline.Bind(1, write.Key).Bind(2, write.Offset).Run();
                break;
            default:
                throw new UnreachableException();
        }
    }
}
