using Microsoft.Data.Sqlite;

namespace Messaging.Client.Storage.Sqlite;

/// <summary>
/// The conversations that are being written to: loaded when first needed, written once a transaction. Belongs to the
/// writer.
/// </summary>
internal sealed class Conversations(SqliteConnection connection) : IDisposable
{
    private const int Most = 1024;

    private readonly Sql _find = new(connection,
        """
        SELECT read_up_to, unread, unread_earlier, peer_received, peer_read, last_number
        FROM messaging_conversation WHERE peer = ?1
        """);

    private readonly Sql _save = new(connection,
        """
        INSERT INTO messaging_conversation
            (peer, read_up_to, unread, unread_earlier, peer_received, peer_read, last_number)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (peer) DO UPDATE SET
            read_up_to = ?2, unread = ?3, unread_earlier = ?4, peer_received = ?5, peer_read = ?6, last_number = ?7
        """);

    private readonly Dictionary<long, ConversationState> _loaded = [];
    private readonly Dictionary<long, ConversationState> _changed = [];

    /// <summary>The conversation; null where nothing was ever kept of it.</summary>
    public ConversationState? Find(long peer, string name)
    {
        if (_loaded.TryGetValue(peer, out var loaded))
            return loaded;
        using var row = _find.Read(peer);
        if (!row.Read())
            return null;
        var found = new ConversationState(name) { LastNumber = row.GetInt64(5) };
        found.Load(row.GetInt32(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4));
        _loaded.Add(peer, found);
        return found;
    }

    public ConversationState FindOrAdd(long peer, string name)
    {
        if (Find(peer, name) is { } found)
            return found;
        var added = new ConversationState(name);
        _loaded.Add(peer, added);
        return added;
    }

    /// <summary>Marks a conversation, which was found here, to be written.</summary>
    public void Change(long peer, ConversationState conversation) => _changed[peer] = conversation;

    /// <summary>Writes what was changed, into the present transaction.</summary>
    public void Save()
    {
        foreach (var (peer, c) in _changed)
        {
            _save.Run(peer, c.ReadUpTo, c.Unread, c.UnreadOfEarlierEras, c.PeerReceived, c.PeerRead,
                c.LastNumber);
        }
        _changed.Clear();
        if (_loaded.Count > Most)
            _loaded.Clear();
    }

    /// <summary>What is loaded is no longer as the tables say.</summary>
    public void Forget() => _loaded.Clear();

    public void Dispose()
    {
        _find.Dispose();
        _save.Dispose();
    }
}
