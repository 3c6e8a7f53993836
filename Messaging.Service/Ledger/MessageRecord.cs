namespace Messaging.Service.Ledger;

/// <summary>A message as it was accepted (protocol §4).</summary>
public sealed record MessageRecord(RecordHeader Header) : JournalRecord(Header)
{
    public required string Id { get; init; }

    public required ConversationKey Conversation { get; init; }

    /// <summary>Its place in the conversation.</summary>
    public required UserOffset UserOffset { get; init; }

    /// <summary>The client-owned part of the frame, opaque here; empty once retention has removed it.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    public required MessageDigest Digest { get; init; }
}
