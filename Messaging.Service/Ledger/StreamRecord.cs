namespace Messaging.Service.Ledger;

/// <summary>A stream was opened; <see cref="RecordHeader.Stream"/> equals <see cref="RecordHeader.Sequence"/>.</summary>
public sealed record StreamRecord(RecordHeader Header) : JournalRecord(Header);
