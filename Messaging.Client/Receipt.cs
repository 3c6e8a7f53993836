namespace Messaging.Client;

/// <summary>A durable word about messages of a conversation. Immutable: any thread may read it.</summary>
public sealed record Receipt
{
    /// <summary>What it says.</summary>
    public required ReceiptKind Kind { get; init; }

    /// <summary>The user at the other end of the conversation.</summary>
    public required string Peer { get; init; }

    /// <summary>Who received, read, played or reported, on which device.</summary>
    public required Identity From { get; init; }

    /// <summary>The message it names, the last one that it covers.</summary>
    public required string MessageId { get; init; }

    /// <summary>It covers the conversation up to this offset, from 1.</summary>
    public required int UserOffset { get; init; }

    /// <summary>When it happened, by the server's clock.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>Why the message cannot be used; null with every other kind.</summary>
    public string? Error { get; init; }
}
