namespace Messaging.Service.Ledger.Sqlite;

/// <summary>Where the writer stands in a batch.</summary>
internal enum WriterPoint
{
    /// <summary>The transaction is open and empty.</summary>
    Begun,

    /// <summary>One more submission has been decided and its row is written; comes once for each.</summary>
    Taken,

    /// <summary>Everything is written, and the commit is next.</summary>
    Written,

    /// <summary>It is on disk, and nobody knows yet.</summary>
    Committed,

    /// <summary>The submissions are handed back, and the heads have not risen.</summary>
    Settled,

    /// <summary>The heads have risen, and nobody is woken.</summary>
    Published,
}

/// <summary>
/// What a test decides in place of clock and chance, so that one seed gives one history. The service runs with the
/// defaults.
/// </summary>
internal sealed record WriterSeams
{
    /// <summary>
    /// After how many writes of a slice the clock is read, which costs as much as a write. Default 64. Where
    /// <see cref="LedgerOptions.FoldSlice"/> is below zero a slice is so many writes, whatever the clock says.
    /// </summary>
    public int WritesPerLook { get; init; } = 64;

    /// <summary>Users and conversations that are idle are looked for once in so many rows. Default 10,000.</summary>
    public int RowsPerSweep { get; init; } = 10_000;

    /// <summary>
    /// Called on the writer's thread at each point of a batch. What it throws is as if the writer's own next step had
    /// failed so. Default: nothing.
    /// </summary>
    public Action<WriterPoint> Reached { get; init; } = static _ => { };
}
