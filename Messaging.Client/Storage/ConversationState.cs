namespace Messaging.Client.Storage;

/// <summary>
/// Where both ends of a conversation stand under the present epoch. Watermarks never go back, and what a message's
/// state is follows from them, so that one receipt moves any number of messages. Owned by the store and its lock.
/// </summary>
internal sealed class ConversationState(string peer)
{
    public string Peer { get; } = peer;

    /// <summary>This user has read what the other sent up to here.</summary>
    public int ReadUpTo { get; set; }

    /// <summary>How many messages of the other are in the store and not read.</summary>
    public int Unread { get; set; }

    /// <summary>How many of those have their place in an earlier epoch: the first read of this one covers them.</summary>
    public int UnreadOfEarlierEras { get; set; }

    /// <summary>A device of the other has this user's messages up to here.</summary>
    public int PeerReceived { get; private set; }

    /// <summary>The other has read this user's messages up to here.</summary>
    public int PeerRead { get; private set; }

    /// <summary>The number of the message that came into the store last; 0 without one.</summary>
    public long LastNumber { get; set; }

    public void Load(int readUpTo, int unread, int unreadOfEarlierEras, int peerReceived, int peerRead)
    {
        (ReadUpTo, Unread, UnreadOfEarlierEras) = (readUpTo, unread, unreadOfEarlierEras);
        (PeerReceived, PeerRead) = (peerReceived, peerRead);
    }

    /// <summary>A receipt of the other. Returns whether it moves anything.</summary>
    public bool MovePeer(int userOffset, bool read)
    {
        var received = Math.Max(PeerReceived, userOffset);
        var hasRead = read ? Math.Max(PeerRead, userOffset) : PeerRead;
        var moves = received != PeerReceived || hasRead != PeerRead;
        (PeerReceived, PeerRead) = (received, hasRead);
        return moves;
    }

    /// <summary>Offsets begin anew: what follows from the watermarks has been kept with each message.</summary>
    public void BeginEra()
    {
        ReadUpTo = PeerReceived = PeerRead = 0;
        UnreadOfEarlierEras = Unread;
    }

    /// <param name="kept">What is kept with the message.</param>
    /// <param name="isOwn">Whether this user sent it.</param>
    /// <param name="place">Where it stands.</param>
    /// <param name="era">The present epoch.</param>
    public MessageState StateOf(MessageState kept, bool isOwn, StoredPlace place, int era)
    {
        if (place.Era != era || kept is MessageState.Read)
            return kept;
        if (!isOwn)
            return place.UserOffset <= ReadUpTo ? MessageState.Read : MessageState.Received;
        if (place.UserOffset <= PeerRead)
            return MessageState.Read;
        return place.UserOffset <= PeerReceived ? MessageState.Received : kept;
    }
}
