namespace Messaging.Service.Ledger.Sqlite.Verifying;

/// <summary>Takes a row that a table should have, or a value that a column should have come to: all of it numbers.</summary>
internal delegate void Expect(params ReadOnlySpan<long> row);

/// <summary>A table with a row for each thing that the journal says, and no other.</summary>
/// <param name="Name">The table.</param>
/// <param name="Columns">Its columns, those of its primary key first.</param>
/// <param name="Keys">How many those are.</param>
/// <param name="IsDense">Whether within its first column the second counts 1, 2, 3, … in the order of the journal.</param>
/// <param name="Expected">The rows that follow from a record.</param>
internal sealed record RowTable(
    string Name, string[] Columns, int Keys, bool IsDense, Action<JournalRecord, Expect> Expected)
{
    /// <summary>Stands for NULL.</summary>
    public const long Null = long.MinValue;
}
