using Google.Protobuf;
using Messaging.Client.Connection;
using Messaging.Client.Inbox;
using Messaging.Client.Outbox;
using Messaging.V1;
using Microsoft.Data.Sqlite;

namespace Messaging.Client.Storage.Sqlite;

/// <summary>Reads what is committed, beside the writer. One caller at a time.</summary>
internal sealed class StoreReader(SqliteConnection connection, string user, string device) : IDisposable
{
    private const string Columns =
        """
        m.number, m.author = m.peer AND m.author <> self.user, m.era, m.user_offset, m.state, m.error, m.body,
        s.era, coalesce(c.read_up_to, 0), coalesce(c.peer_received, 0), coalesce(c.peer_read, 0), p.name,
        m.signal_offset, m.stored_at, m.plain, m.unusable
        """;

    private const string Tables =
        """
        messaging_message AS m
        JOIN messaging_store AS s
        JOIN messaging_user AS self ON self.name = s.user
        JOIN messaging_user AS p ON p.user = m.peer
        LEFT JOIN messaging_conversation AS c ON c.peer = m.peer
        """;

    private readonly Sql _messages = new(connection,
        $"""
        SELECT {Columns} FROM {Tables}
        WHERE m.peer = (SELECT user FROM messaging_user WHERE name = ?1)
            AND (m.era, m.user_offset, m.number) < (?2, ?3, ?4)
        ORDER BY m.era DESC, m.user_offset DESC, m.number DESC LIMIT ?5
        """);

    private readonly Sql _unhandled = new(connection,
        """
        SELECT u.number, m.body, m.user_offset, m.era, m.plain, m.unusable FROM messaging_unhandled AS u
        JOIN messaging_message AS m ON m.number = u.number
        WHERE u.number > ?1 ORDER BY u.number LIMIT ?2
        """);

    private readonly Sql _conversations = new(connection,
        $"""
        SELECT {Columns}, c.unread, c.last_number FROM messaging_conversation AS c
        JOIN messaging_message AS m ON m.number = c.last_number
        JOIN messaging_store AS s
        JOIN messaging_user AS self ON self.name = s.user
        JOIN messaging_user AS p ON p.user = m.peer
        WHERE c.last_number < ?1 ORDER BY c.last_number DESC LIMIT ?2
        """);

    private readonly Sql _sent = new(connection,
        $"SELECT {Columns}, o.code, o.text FROM {Tables} LEFT JOIN messaging_outbox AS o ON o.id = m.id AND o.code NOT NULL WHERE m.id = ?1 AND m.author = self.user");

    private readonly Sql _lastOfOthers = new(connection,
        $"""
        SELECT {Columns} FROM {Tables}
        WHERE m.peer = (SELECT user FROM messaging_user WHERE name = ?1) AND m.author = m.peer
            AND m.author <> self.user AND (?2 IS NULL OR (m.era = s.era AND m.user_offset <= ?2))
        ORDER BY m.era DESC, m.user_offset DESC, m.number DESC LIMIT 1
        """);

    private const string Entries =
        """
        SELECT o.sequence, coalesce(o.frame, m.body), o.frame IS NULL, o.era, o.code, o.text,
            CASE WHEN o.frame IS NULL THEN m.plain ELSE o.plain END
        FROM messaging_outbox AS o
        LEFT JOIN messaging_message AS m ON m.id = o.id AND m.author = (SELECT u.user FROM messaging_user AS u
            JOIN messaging_store AS s ON s.user = u.name)
        """;

    private readonly Sql _parked = new(connection, $"{Entries} WHERE o.code IS NOT NULL ORDER BY o.sequence LIMIT ?1");
    private readonly Sql _parkedOne = new(connection, $"{Entries} WHERE o.id = ?1 AND o.code IS NOT NULL");

    public StoredState Load()
    {
        using var store = new Sql(connection,
            """
            SELECT epoch, position, era, (SELECT coalesce(max(sequence), 0) FROM messaging_outbox) FROM messaging_store
            """);
        using var row = store.Read();
        row.Read();
        using var waiting = new Sql(connection, $"{Entries} WHERE o.code IS NULL ORDER BY o.sequence");
        return new StoredState(
            row.IsDBNull(0) ? null : new StoredPosition(row.GetString(0), new SignalOffset(row.GetInt32(1))),
            row.GetInt32(2), row.GetInt64(3), ReadEntries(waiting.Read()), LoadWatermarks());
    }

    public IReadOnlyList<WaitingMessage> Unhandled(long after, int limit)
    {
        var found = new List<WaitingMessage>();
        using var row = _unhandled.Read(after, limit);
        while (row.Read())
        {
            var message = FromWire.Message(Message.Parser.ParseFrom(row.GetFieldValue<byte[]>(1)));
            found.Add(new WaitingMessage(row.GetInt64(0),
                message with
                {
                    UserOffset = row.GetInt32(2),
                    Era = row.GetInt32(3),
                    Payload = ReadPlain(row, 4)?.Memory ?? message.Payload,
                    Unusable = row.IsDBNull(5) ? null : row.GetString(5),
                }));
        }
        return found;
    }

    public IReadOnlyList<StoredMessage> Messages(string peer, StoredPlace? before, int limit)
    {
        var end = before ?? new StoredPlace(int.MaxValue, int.MaxValue, long.MaxValue);
        var found = new List<StoredMessage>();
        using (var row = _messages.Read(peer, end.Era, end.UserOffset, end.Number, limit))
        {
            while (row.Read())
                found.Add(ReadMessage(row));
        }
        found.Reverse();
        return found;
    }

    public IReadOnlyList<Conversation> Conversations(long? before, int limit)
    {
        var found = new List<Conversation>();
        using var row = _conversations.Read(before ?? long.MaxValue, limit);
        while (row.Read())
        {
            found.Add(new Conversation
            {
                Peer = row.GetString(11),
                ReadUpTo = row.GetInt32(8),
                Unread = row.GetInt32(16),
                LastMessage = ReadMessage(row),
                LastNumber = row.GetInt64(17),
            });
        }
        return found;
    }

    public SentMessage? Sent(string id)
    {
        using var row = _sent.Read(id);
        if (!row.Read())
            return null;
        var message = ReadMessage(row);
        Acceptance? acceptance = row.IsDBNull(12)
            ? null
            : new(message.UserOffset ?? 0, row.GetInt32(12), EpochTime.Read(row.GetInt64(13)));
        Refusal? refusal = row.IsDBNull(16) ? null : new(row.GetString(16), row.GetString(17));
        return new SentMessage(message, acceptance, refusal, message.Place.Era == row.GetInt32(7));
    }

    public StoredMessage? LastOfOthers(string peer, int? upTo)
    {
        using var row = _lastOfOthers.Read(peer, upTo);
        return row.Read() ? ReadMessage(row) : null;
    }

    public IReadOnlyList<StoredEntry> Parked(int limit) => ReadEntries(_parked.Read(limit));

    public StoredEntry? Parked(string messageId) => ReadEntries(_parkedOne.Read(messageId)).SingleOrDefault();

    public void Dispose()
    {
        foreach (var sql in new[]
            { _messages, _unhandled, _conversations, _sent, _lastOfOthers, _parked, _parkedOne })
            sql.Dispose();
        connection.Dispose();
    }

    private List<StoredWatermarks> LoadWatermarks()
    {
        using var sql = new Sql(connection,
            """
            SELECT DISTINCT p.name, c.peer_received, c.peer_read FROM messaging_outbox AS o
            JOIN messaging_message AS m ON m.id = o.id
            JOIN messaging_conversation AS c ON c.peer = m.peer
            JOIN messaging_user AS p ON p.user = m.peer
            WHERE o.code IS NULL
            """);
        var found = new List<StoredWatermarks>();
        using var row = sql.Read();
        while (row.Read())
            found.Add(new StoredWatermarks(row.GetString(0), row.GetInt32(1), row.GetInt32(2)));
        return found;
    }

    private StoredMessage ReadMessage(SqliteDataReader row)
    {
        var isOwn = row.GetInt32(1) == 0;
        var place = new StoredPlace(row.GetInt32(2), row.GetInt32(3), row.GetInt64(0));
        var conversation = new ConversationState(row.GetString(11));
        conversation.Load(row.GetInt32(8), 0, 0, row.GetInt32(9), row.GetInt32(10));
        var state = conversation.StateOf((MessageState)row.GetInt32(4), isOwn, place, row.GetInt32(7));
        return StoredMessages.Read(Message.Parser.ParseFrom(row.GetFieldValue<byte[]>(6)), user, device, isOwn, state,
            place, row.IsDBNull(5) ? null : row.GetString(5), ReadPlain(row, 14),
            row.IsDBNull(15) ? null : row.GetString(15));
    }

    private static ByteString? ReadPlain(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : UnsafeByteOperations.UnsafeWrap(row.GetFieldValue<byte[]>(column));

    private static List<StoredEntry> ReadEntries(SqliteDataReader row)
    {
        var found = new List<StoredEntry>();
        using (row)
        {
            while (row.Read())
            {
                var bytes = row.GetFieldValue<byte[]>(1);
                found.Add(new StoredEntry(
                    row.GetInt64(0),
                    row.GetBoolean(2) ? new Frame { Message = Message.Parser.ParseFrom(bytes) } : Frame.Parser.ParseFrom(bytes),
                    row.GetInt32(3),
                    row.IsDBNull(4) ? null : new Refusal(row.GetString(4), row.GetString(5)))
                {
                    Plain = ReadPlain(row, 6),
                });
            }
        }
        return found;
    }
}
