namespace Messaging.Service.Ledger.Sqlite.Verifying;

/// <summary>How a column's value moves.</summary>
internal enum Motion
{
    /// <summary>Each record that sets it sets it higher.</summary>
    Rises,

    /// <summary>It stays at the first that a record has set.</summary>
    First,

    /// <summary>It stays at the highest that a record has set.</summary>
    Highest,
}

/// <summary>A column that stands where the last records left it.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Keys">The table's primary key.</param>
/// <param name="Column">The column.</param>
/// <param name="Motion">How it moves.</param>
/// <param name="Expected">The key and the value that a record moves it to.</param>
/// <param name="Ceiling">
/// Past what it can't be: the dense table whose last second column that is, and the query that gives that table's first
/// column for the key.
/// </param>
internal sealed record ValueColumn(
    string Table, string[] Keys, string Column, Motion Motion, Action<JournalRecord, Expect> Expected,
    (string Table, string Of)? Ceiling = null);
