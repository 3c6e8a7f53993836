namespace Messaging.Service.Ledger;

/// <summary>A user said that they have a message but cannot use it (protocol §6, <c>ERROR</c> going up).</summary>
public sealed record ReportRecord(RecordHeader Header) : JournalRecord(Header)
{
    public required ConversationKey Conversation { get; init; }

    /// <summary>The place of the message in the conversation.</summary>
    public required UserOffset UserOffset { get; init; }

    /// <summary>The row of the message.</summary>
    public required long Subject { get; init; }

    /// <summary>Why, in the reporter's words.</summary>
    public required string Text { get; init; }
}
