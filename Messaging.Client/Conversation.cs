namespace Messaging.Client;

/// <summary>
/// What the store has of the conversation with a user, at the moment of asking. Immutable: any thread may read it.
/// </summary>
public sealed record Conversation
{
    /// <summary>The user at the other end; this user's own name for notes to oneself.</summary>
    public required string Peer { get; init; }

    /// <summary>How many of the other's messages in the store this user has read on no device.</summary>
    public required int Unread { get; init; }

    /// <summary>This user has read the conversation up to this offset; 0 where nothing is read.</summary>
    public required int ReadUpTo { get; init; }

    /// <summary>The message that came or was sent last; null where the store has none any more.</summary>
    public StoredMessage? LastMessage { get; init; }

    // Where it stands in the list: MessagingClient.GetConversationsAsync goes on behind it.
    internal long LastNumber { get; init; }
}
