using Google.Protobuf;
using Messaging.V1;
using Microsoft.Data.Sqlite;

namespace Messaging.Client.Storage.Sqlite;

/// <summary>What is written to <c>messaging_message</c>. Belongs to the writer.</summary>
internal sealed class MessageTable : IDisposable
{
    private readonly Sql _find;
    private readonly Sql _body;
    private readonly Sql _add;
    private readonly Sql _remove;
    private readonly Sql _place;
    private readonly Sql _state;
    private readonly Sql _accept;
    private readonly Sql _error;
    private readonly Sql _countUnread;
    private readonly Sql _hasPlaceUpTo;
    private readonly Sql _head;
    private readonly Sql _lastNumber;
    private readonly Sql _read;
    private readonly Sql _reach;
    private long _number;

    public MessageTable(SqliteConnection c)
    {
        _find = new(c,
            "SELECT number, peer, era, user_offset, state FROM messaging_message WHERE id = ?1 AND author = ?2");
        _body = new(c, "SELECT body, plain FROM messaging_message WHERE number = ?1");
        _add = new(c,
            """
            INSERT INTO messaging_message (number, id, author, peer, era, user_offset, state, body, plain, unusable)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """);
        _remove = new(c, "DELETE FROM messaging_message WHERE number = ?1");
        _place = new(c, "UPDATE messaging_message SET era = ?2, user_offset = ?3 WHERE number = ?1");
        _state = new(c, "UPDATE messaging_message SET state = ?2, error = ?3 WHERE number = ?1");
        _accept = new(c, "UPDATE messaging_message SET signal_offset = ?2, stored_at = ?3 WHERE number = ?1");
        _error = new(c, "UPDATE messaging_message SET error = ?2 WHERE number = ?1");
        _countUnread = new(c,
            """
            SELECT count(*) FROM messaging_message
            WHERE peer = ?1 AND era = ?2 AND user_offset > ?3 AND user_offset <= ?4 AND author = ?1 AND state < 3
            """);
        _hasPlaceUpTo = new(c,
            "SELECT 1 FROM messaging_message WHERE peer = ?1 AND era = ?2 AND user_offset <= ?3 LIMIT 1");
        _head = new(c, "SELECT max(user_offset) FROM messaging_message WHERE peer = ?1 AND era = ?2");
        _lastNumber = new(c, "SELECT max(number) FROM messaging_message WHERE peer = ?1");
        // Of earlier epochs only: in the present one it follows from the watermark.
        _read = new(c,
            """
            UPDATE messaging_message SET state = 3
            WHERE peer = ?1 AND author = ?1 AND state < 3 AND era < ?2 AND (era, user_offset) <= (?3, ?4)
            """);
        _reach = new(c,
            """
            UPDATE messaging_message SET state = ?6
            WHERE peer = ?1 AND author = ?2 AND state < ?6 AND era < ?3 AND (era, user_offset) <= (?4, ?5)
            """);
        using var last = new Sql(c, "SELECT max(number) FROM messaging_message");
        _number = last.Number() ?? 0;
    }

    public MessageRow? Find(string id, long author)
    {
        using var row = _find.Read(id, author);
        return row.Read()
            ? new MessageRow(row.GetInt64(1), new StoredPlace(row.GetInt32(2), row.GetInt32(3), row.GetInt64(0)),
                (MessageState)row.GetInt32(4))
            : null;
    }

    /// <summary>The message as it went up, and the payload that a protector made it of; null without one.</summary>
    public (Message Body, ByteString? Plain) ReadBody(MessageRow row)
    {
        using var found = _body.Read(row.Place.Number);
        found.Read();
        return (Message.Parser.ParseFrom(found.GetFieldValue<byte[]>(0)),
            found.IsDBNull(1) ? null : UnsafeByteOperations.UnsafeWrap(found.GetFieldValue<byte[]>(1)));
    }

    public MessageRow Add(string id, long author, long peer, int era, int userOffset, MessageState kept, byte[] body,
        ByteString? plain, string? unusable)
    {
        var place = new StoredPlace(era, userOffset, ++_number);
        _add.Run(place.Number, id, author, peer, era, userOffset, (int)kept, body,
            plain?.ToByteArray(), unusable);
        return new MessageRow(peer, place, kept);
    }

    public void Remove(MessageRow row) => _remove.Run(row.Place.Number);

    public void Place(MessageRow row, int era, int userOffset) => _place.Run(row.Place.Number, era, userOffset);

    public void Keep(MessageRow row, MessageState state, string? error = null) =>
        _state.Run(row.Place.Number, (int)state, error);

    public void Accept(MessageRow row, Acceptance acceptance) => _accept.Run(
        row.Place.Number, acceptance.SignalOffset, acceptance.StoredAt.ToUnixTimeMilliseconds());

    public void SetError(MessageRow row, string? error) => _error.Run(row.Place.Number, error);

    /// <summary>How many messages of the other stand behind <paramref name="after"/> up to there, and are unread.</summary>
    public int CountUnread(long peer, int era, int after, int upTo) =>
        (int)_countUnread.Number(peer, era, after, upTo)!.Value;

    public bool HasPlaceUpTo(long peer, int era, int userOffset) => _hasPlaceUpTo.Number(peer, era, userOffset) == 1;

    /// <summary>The highest place that is known in the conversation; 0 without one.</summary>
    public int Head(long peer, int era) => (int)(_head.Number(peer, era) ?? 0);

    public long LastNumber(long peer) => _lastNumber.Number(peer) ?? 0;

    /// <summary>This user has read what the other sent up to there. Returns how many of earlier epochs were unread.</summary>
    public int ReadEarlier(long peer, int era, StoredPlace last) => _read.Run(peer, era, last.Era, last.UserOffset);

    /// <summary>The other has this user's messages of earlier epochs up to there.</summary>
    public void ReachEarlier(long peer, long self, int era, StoredPlace last, MessageState reached) =>
        _reach.Run(peer, self, era, last.Era, last.UserOffset, (int)reached);

    public void Dispose()
    {
        foreach (var sql in new[]
        {
            _find, _body, _add, _remove, _place, _state, _accept, _error, _countUnread, _hasPlaceUpTo, _head, _lastNumber,
            _read, _reach,
        })
            sql.Dispose();
    }
}
