namespace Messaging.Service.Ledger.Sqlite.Verifying;

/// <summary>Something that is wrong with a ledger.</summary>
/// <param name="Table">Where; "file" where it is none of the tables.</param>
/// <param name="Row">Which row, by its key; empty where it is none.</param>
/// <param name="Text">What is wrong with it.</param>
public sealed record Finding(string Table, string Row, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => Row.Length == 0 ? $"{Table}: {Text}" : $"{Table} {Row}: {Text}";
}
