using Messaging.Client;

namespace Messaging.Sample.Chat;

/// <summary>What a screen shows: all of it follows from the store and the connection.</summary>
internal sealed record ChatState
{
    public required string User { get; init; }

    public required string Peer { get; init; }

    /// <summary>The newest messages of the conversation, in its order.</summary>
    public required IReadOnlyList<StoredMessage> Messages { get; init; }

    /// <summary>How many messages of the peer are not read.</summary>
    public required int Unread { get; init; }

    /// <summary>Other users whose messages are not read, and how many.</summary>
    public required IReadOnlyList<(string User, int Unread)> Others { get; init; }

    public required ConnectionState Connection { get; init; }

    /// <summary>What the peer is doing, such as <c>typing</c>; null where nothing is known.</summary>
    public string? Activity { get; init; }
}
