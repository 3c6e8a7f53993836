namespace Messaging.Service.Ledger.Sqlite.Verifying;

/// <summary>A column that says where a dense table ends.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Column">The column.</param>
/// <param name="Of">The dense table, whose first column is the key.</param>
internal sealed record HeadColumn(string Table, string Column, string Of);
