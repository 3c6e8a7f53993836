namespace Messaging.Service.Ledger;

/// <summary>A watermark of a member moved (protocol §6).</summary>
public sealed record ReceiptRecord(RecordHeader Header) : JournalRecord(Header)
{
    public required ReceiptKind Kind { get; init; }

    public required ConversationKey Conversation { get; init; }

    /// <summary>Where the watermark now stands.</summary>
    public required UserOffset UpTo { get; init; }

    /// <summary>The row of the message that was played; 0 otherwise.</summary>
    public long Subject { get; init; }
}
