namespace Messaging.Service.Ledger;

/// <summary>A device's cursor moved and nobody had to be told (protocol §5).</summary>
public sealed record CursorRecord : JournalRecord
{
    /// <summary>The highest offset that any device of the user acknowledged with this record.</summary>
    public required SignalOffset AcknowledgedTo { get; init; }
}
