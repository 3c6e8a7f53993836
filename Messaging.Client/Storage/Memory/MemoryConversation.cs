namespace Messaging.Client.Storage.Memory;

/// <summary>A conversation and its messages, in order. Owned by the <see cref="MemoryStore"/> and its lock.</summary>
internal sealed class MemoryConversation(string peer)
{
    public ConversationState State { get; } = new(peer);

    public SortedSet<MemoryMessage> Messages { get; } =
        new(Comparer<MemoryMessage>.Create((a, b) => a.Place.CompareTo(b.Place)));

    public MemoryMessage? Last => Messages.MaxBy(m => m.Place.Number);

    public void MoveTo(MemoryMessage message, StoredPlace place)
    {
        Messages.Remove(message);
        message.Place = place;
        Messages.Add(message);
    }

    /// <summary>This user has read what stands up to there in the present epoch, and what stands before that.</summary>
    public void Read(int upTo, int era)
    {
        if (upTo <= State.ReadUpTo)
            return;
        // Where nothing of the present epoch is covered, it is not known which of the earlier ones are.
        var first = Messages.FirstOrDefault(m => m.Place.Era == era);
        var coversEarlier = first is not null && first.Place.UserOffset <= upTo;
        foreach (var message in Messages)
        {
            if (message.Place.Era > era || (message.Place.Era == era && message.Place.UserOffset > upTo))
                break;
            if (message.IsOwn || !Unread(message, era) || (message.Place.Era < era && !coversEarlier))
                continue;
            message.Kept = MessageState.Read;
            State.Unread--;
        }
        if (coversEarlier)
            State.UnreadOfEarlierEras = 0;
        State.ReadUpTo = upTo;
    }

    /// <summary>As <see cref="Read"/>, up to a message of an earlier epoch.</summary>
    public void ReadEarlier(MemoryMessage last)
    {
        foreach (var message in Messages)
        {
            if (IsBehind(message, last))
                break;
            if (message.IsOwn || message.Kept == MessageState.Read)
                continue;
            message.Kept = MessageState.Read;
            State.Unread--;
            State.UnreadOfEarlierEras--;
        }
    }

    /// <summary>The other has received or read this user's messages up to this one, which is of an earlier epoch.</summary>
    public void MovePeerEarlier(MemoryMessage last, MessageState reached)
    {
        foreach (var message in Messages)
        {
            if (IsBehind(message, last))
                break;
            if (message.IsOwn && message.Kept < reached)
                message.Kept = reached;
        }
    }

    public bool Unread(MemoryMessage message, int era) =>
        State.StateOf(message.Kept, message.IsOwn, message.Place, era) != MessageState.Read;

    public void BeginEra(int era)
    {
        foreach (var message in Messages)
            message.Kept = State.StateOf(message.Kept, message.IsOwn, message.Place, era);
        State.BeginEra();
    }

    private static bool IsBehind(MemoryMessage message, MemoryMessage last) =>
        (message.Place.Era, message.Place.UserOffset).CompareTo((last.Place.Era, last.Place.UserOffset)) > 0;
}
