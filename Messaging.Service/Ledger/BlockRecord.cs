namespace Messaging.Service.Ledger;

/// <summary>A user blocked another, or took that back (protocol §11).</summary>
public sealed record BlockRecord(RecordHeader Header) : JournalRecord(Header)
{
    /// <summary>The other, by name: there need not be such a user.</summary>
    public required string Blocked { get; init; }

    public required bool IsLifted { get; init; }
}
