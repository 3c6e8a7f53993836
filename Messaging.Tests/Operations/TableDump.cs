using Microsoft.Data.Sqlite;

namespace Messaging.Tests.Operations;

/// <summary>What plain SQL reads from each table of a ledger.</summary>
internal sealed class TableDump
{
    public const int PageSize = 8192;

    private static readonly string[] Queries =
    [
        "SELECT * FROM journal", "SELECT * FROM entry", "SELECT * FROM message", "SELECT * FROM remark", "SELECT * FROM user",
        "SELECT * FROM device", "SELECT * FROM conversation", "SELECT * FROM member", "SELECT * FROM block",
        "SELECT * FROM retention", "SELECT * FROM emptied", "SELECT * FROM ledger",
    ];

    private readonly Dictionary<string, string> texts = [];

    /// <summary>The first pages of all tables and indexes.</summary>
    public List<long> Roots { get; } = [];

    public string Epoch { get; private set; } = "";

    public long Folded { get; private set; }

    public static TableDump Read(string path)
    {
        var dump = new TableDump();
        try
        {
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder
            {
                DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false,
            }.ConnectionString);
            connection.Open();
            dump.Read(connection);
        }
        catch (SqliteException exception)
        {
            dump.texts["journal"] = exception.Message;
        }

        return dump;
    }

    public string Of(string table) => texts.GetValueOrDefault(table, "");

    private void Read(SqliteConnection connection)
    {
        foreach (var sql in Queries)
        {
            var text = new System.Text.StringBuilder();
            try
            {
                foreach (var row in Rows(connection, sql))
                    text.AppendJoin('|', row.Select(Text)).AppendLine();
            }
            catch (SqliteException exception)
            {
                text.Append(exception.Message);
            }

            texts[sql.Split(' ')[^1]] = text.ToString();
        }

        Roots.AddRange(Rows(connection, "SELECT rootpage FROM sqlite_schema WHERE rootpage > 1").Select(row => (long)row[0]));
        foreach (var row in Rows(connection, "SELECT epoch, projected_seq FROM ledger"))
            (Epoch, Folded) = (row[0] as string ?? "", row[1] as long? ?? -1);
    }

    private static string Text(object value) => value is byte[] bytes ? Convert.ToHexString(bytes) : $"{value.GetType().Name}:{value}";

    private static IEnumerable<object[]> Rows(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text is a constant above.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            yield return row;
        }
    }
}
