using Dapper;
using Microsoft.Data.Sqlite;

namespace Messaging.Service.Ledger.Sqlite.Verifying;

/// <summary>
/// What a verification expects, gathered in the journal's order in a temporary file and read back in that of the keys:
/// memory does not grow with the ledger. Gone when it is disposed of.
/// </summary>
internal sealed class Scratch : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("messaging-verify-").FullName;
    private readonly SqliteConnection _connection;
    private readonly List<Statement> _statements = [];

    public Scratch()
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(_folder, "expected.db"),
            Pooling = false,
        }.ConnectionString);
        _connection.Open();

        // It need not outlive anything.
        _connection.Execute(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -65536; BEGIN");
    }

    /// <summary>Makes a table of numbers.</summary>
    /// <returns>Adds a row to it.</returns>
    public Expect Table(string name, params IReadOnlyList<string> columns)
    {
        _connection.Execute($"CREATE TABLE {name} ({string.Join(", ", columns)})");
        var insert = Query($"INSERT INTO {name} VALUES ({string.Join(", ", columns.Select(_ => "?"))})");
        return row =>
        {
            for (var i = 0; i < row.Length; i++)
            {
                if (row[i] == RowTable.Null)
                    insert.BindNull(i + 1);
                else
                    insert.Bind(i + 1, row[i]);
            }

            insert.Run();
        };
    }

    /// <summary>Makes a table of what stands where something ends: a key, and the last number in it.</summary>
    /// <returns>Adds a row to it; keys come in rising order.</returns>
    public Expect Ends(string name)
    {
        _connection.Execute($"CREATE TABLE {name} (key INTEGER PRIMARY KEY, last)");
        var insert = Query($"INSERT OR REPLACE INTO {name} VALUES (?, ?)");
        return row => insert.Bind(1, row[0]).Bind(2, row[1]).Run();
    }

    public Statement Query(string sql)
    {
        var statement = new Statement(_connection.Handle!, sql);
        _statements.Add(statement);
        return statement;
    }

    public void Dispose()
    {
        foreach (var statement in _statements)
            statement.Dispose();
        _connection.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
