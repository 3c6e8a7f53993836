using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>Gathers messages of one conversation, as one member sees them, until a page is full.</summary>
internal sealed class HistoryBuilder(UserKey user, ConversationState conversation, int maxMessages, int maxBytes)
{
    private readonly List<QueueEntry> _messages = new(Math.Min(maxMessages, 64));
    private long _bytes;

    /// <summary>Adds the next message, unless it was emptied; no where the page is full.</summary>
    public bool TryAdd(MessageRecord message)
    {
        if (message.Body.IsEmpty)
            return true;
        if (_messages.Count == maxMessages || (_messages.Count > 0 && _bytes + message.Body.Length > maxBytes))
            return false;

        _messages.Add(EntryOf(message, user, conversation));
        _bytes += message.Body.Length;
        return true;
    }

    /// <summary>What was added, in the order in which it was.</summary>
    public List<QueueEntry> Build() => _messages;

    /// <summary>The message, with its place in the user's sequence.</summary>
    public static QueueEntry EntryOf(MessageRecord message, UserKey user, ConversationState conversation)
    {
        var place = 0;
        while (message.Entries[place].User != user)
            place++;
        return new QueueEntry(
            message.Entries[place].Offset, message, place,
            conversation.StateOf(message.Header.User, message.UserOffset));
    }
}
