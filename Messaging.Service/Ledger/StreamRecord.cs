namespace Messaging.Service.Ledger;

/// <summary>A stream was opened; <see cref="JournalRecord.Stream"/> equals <see cref="JournalRecord.Sequence"/>.</summary>
public sealed record StreamRecord : JournalRecord;
