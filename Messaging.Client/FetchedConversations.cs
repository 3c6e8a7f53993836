namespace Messaging.Client;

/// <summary>A page of this user's conversations as the server has them.</summary>
public sealed record FetchedConversations
{
    /// <summary>Those that began last first; maybe fewer than were asked for.</summary>
    public required IReadOnlyList<FetchedConversation> Conversations { get; init; }

    /// <summary>Whether the server has others behind these.</summary>
    public required bool HasMore { get; init; }
}
