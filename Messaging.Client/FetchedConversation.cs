namespace Messaging.Client;

/// <summary>How a conversation stands as the server has it, for this user. Immutable: any thread may read it.</summary>
public sealed record FetchedConversation
{
    /// <summary>The user at the other end; this user's own name for notes to oneself.</summary>
    public required string Peer { get; init; }

    /// <summary>The place of its last message.</summary>
    public required int LastUserOffset { get; init; }

    /// <summary>The lowest place that the server may still have: what lies before it is gone.</summary>
    public required int KeptFrom { get; init; }

    /// <summary>Its last message; null where the server has it no more.</summary>
    public FetchedMessage? LastMessage { get; init; }

    /// <summary>How many of the other's messages this user has read on no device; counted up to the server's limit.</summary>
    public required int Unread { get; init; }

    /// <summary>This user has received what the other sent up to this place.</summary>
    public required int ReceivedUpTo { get; init; }

    /// <summary>This user has read what the other sent up to this place.</summary>
    public required int ReadUpTo { get; init; }

    /// <summary>The other has received what this user sent up to this place.</summary>
    public required int PeerReceivedUpTo { get; init; }

    /// <summary>The other has read what this user sent up to this place.</summary>
    public required int PeerReadUpTo { get; init; }
}
