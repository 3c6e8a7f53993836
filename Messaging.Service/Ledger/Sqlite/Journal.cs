using System.Buffers;
using SQLitePCL;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>The append-only table of what happened. Writer's thread only.</summary>
internal sealed class Journal : IDisposable
{
    private readonly ArrayBufferWriter<byte> _scratch = new(256);
    private readonly Statement _append;
    private readonly Statement _findMessage;
    private readonly Statement _message;
    private readonly Statement _behind;
    private readonly Names _names;

    public Journal(sqlite3 connection)
    {
        var parameters = string.Join(", ", Enumerable.Repeat("?", JournalRow.ColumnCount));

        // Only a message's id may meet its like: every other conflict is a fault and fails the batch.
        _append = new Statement(
            connection,
            $"INSERT INTO journal ({JournalRow.Columns}) VALUES ({parameters}) "
            + "ON CONFLICT (id, user) WHERE id IS NOT NULL DO NOTHING");
        _findMessage = new Statement(
            connection, $"SELECT {JournalRow.Columns} FROM journal WHERE id = ? AND user = ?");
        _message = new Statement(connection, $"SELECT {JournalRow.Columns} FROM journal WHERE seq = ?");
        _behind = new Statement(connection, $"SELECT {JournalRow.Columns} FROM journal WHERE seq > ? ORDER BY seq");
        _names = new Names(connection);
    }

    /// <summary>Appends a record.</summary>
    /// <returns>No, with nothing written, where it is a message whose id its author has used before.</returns>
    public bool Append(JournalRecord record)
    {
        JournalRow.Bind(_append, record, _scratch);
        return _append.Run() == 1;
    }

    /// <summary>The message that a user gave an id to, if there is one.</summary>
    public MessageRecord? FindMessage(UserKey author, string id)
    {
        if (!_findMessage.Bind(1, id).Bind(2, author.Value).Step())
            return null;

        var record = (MessageRecord)JournalRow.Read(_findMessage, 0, _names);
        _findMessage.Reset();
        return record;
    }

    /// <summary>The id of the message in a row.</summary>
    public string MessageId(long sequence)
    {
        // The whole row: its id counts for nothing unless its checksum holds.
        if (!_message.Bind(1, sequence).Step())
            throw new LedgerUnusableException($"The ledger is damaged: row {sequence} of the journal is missing.");
        try
        {
            return JournalRow.Read(_message, 0, _names) is MessageRecord message
                ? message.Id
                : throw new LedgerUnusableException($"The ledger is damaged: row {sequence} of the journal is no message.");
        }
        finally
        {
            _message.Reset();
        }
    }

    /// <summary>The rows behind a sequence, in order.</summary>
    public IEnumerable<JournalRecord> ReadBehind(long sequence)
    {
        _behind.Bind(1, sequence);
        while (_behind.Step())
            yield return JournalRow.Read(_behind, 0, _names);
    }

    public void Dispose()
    {
        _append.Dispose();
        _findMessage.Dispose();
        _message.Dispose();
        _behind.Dispose();
        _names.Dispose();
    }
}
