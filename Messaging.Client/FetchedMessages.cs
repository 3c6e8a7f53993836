namespace Messaging.Client;

/// <summary>A page of a conversation as the server has it.</summary>
public sealed record FetchedMessages
{
    /// <summary>In the order of the conversation; maybe fewer than were asked for.</summary>
    public required IReadOnlyList<FetchedMessage> Messages { get; init; }

    /// <summary>Whether the server may have messages before these.</summary>
    public required bool HasMore { get; init; }

    /// <summary>The place of the conversation's last message; 0 where nothing was said.</summary>
    public required int LastUserOffset { get; init; }

    /// <summary>The lowest place that the server may still have: what lies before it is gone.</summary>
    public required int KeptFrom { get; init; }
}
