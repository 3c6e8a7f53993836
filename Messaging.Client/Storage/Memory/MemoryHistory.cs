using Google.Protobuf;
using Messaging.V1;

namespace Messaging.Client.Storage.Memory;

/// <summary>
/// The newest messages of all conversations, and where these stand. Owned by the <see cref="MemoryStore"/> and its
/// lock.
/// </summary>
internal sealed class MemoryHistory(int maxMessages)
{
    // A backend that never looks at its history must not pay for large payloads.
    private const long MaxBytes = 16 * 1024 * 1024;

    private readonly Dictionary<string, MemoryConversation> _conversations = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Author, string Id), MemoryMessage> _messages = [];
    private readonly SortedDictionary<long, MemoryMessage> _byNumber = [];
    private long _lastNumber;
    private long _bytes;

    /// <summary>How many epochs came before the present one.</summary>
    public int Era { get; private set; }

    public IEnumerable<MemoryConversation> Conversations => _conversations.Values;

    public MemoryConversation? Find(string peer) => _conversations.GetValueOrDefault(peer);

    public MemoryMessage? Find(string author, string id) => _messages.GetValueOrDefault((author, id));

    public MemoryMessage Add(string author, string peer, Message body, bool isOwn, int? userOffset,
        ByteString? plain, string? unusable = null)
    {
        if (!_conversations.TryGetValue(peer, out var conversation))
            _conversations.Add(peer, conversation = new MemoryConversation(peer));
        var place = userOffset is { } offset
            ? new StoredPlace(Era, offset, ++_lastNumber)
            : new StoredPlace(StoredPlace.NoEra, 0, ++_lastNumber);
        var message = new MemoryMessage(body, isOwn, conversation, place) { Plain = plain, Unusable = unusable };
        _messages.Add((author, body.Id), message);
        _byNumber.Add(place.Number, message);
        conversation.Messages.Add(message);
        _bytes += message.Size;
        if (!isOwn && conversation.Unread(message, Era))
            conversation.State.Unread++;
        return message;
    }

    public void Remove(string author, MemoryMessage message)
    {
        _messages.Remove((author, message.Body.Id));
        _byNumber.Remove(message.Place.Number);
        _bytes -= message.Size;
        var conversation = message.Conversation;
        conversation.Messages.Remove(message);
        if (!message.IsOwn && conversation.Unread(message, Era))
        {
            conversation.State.Unread--;
            if (message.Place.Era < Era)
                conversation.State.UnreadOfEarlierEras--;
        }
    }

    /// <summary>The message has its place in the present epoch, for the first time or anew.</summary>
    public void Place(MemoryMessage message, int userOffset)
    {
        var conversation = message.Conversation;
        var wasUnread = !message.IsOwn && conversation.Unread(message, Era);
        if (wasUnread && message.Place.Era < Era)
            conversation.State.UnreadOfEarlierEras--;
        conversation.MoveTo(message, new StoredPlace(Era, userOffset, message.Place.Number));
        if (wasUnread && !conversation.Unread(message, Era))
            conversation.State.Unread--;
    }

    public void BeginEra()
    {
        foreach (var conversation in _conversations.Values)
            conversation.BeginEra(Era);
        Era++;
    }

    public void Trim(Func<MemoryMessage, string> authorOf)
    {
        while (_byNumber.Count > maxMessages || _bytes > MaxBytes)
        {
            var oldest = _byNumber.First().Value;
            Remove(authorOf(oldest), oldest);
            // What nobody has spoken in for so long costs nothing more.
            if (oldest.Conversation.Messages.Count == 0)
                _conversations.Remove(oldest.Conversation.State.Peer);
        }
    }
}
