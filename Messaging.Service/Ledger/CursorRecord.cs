namespace Messaging.Service.Ledger;

/// <summary>A device's cursor moved and nobody had to be told (protocol §5).</summary>
public sealed record CursorRecord(RecordHeader Header) : JournalRecord(Header);
