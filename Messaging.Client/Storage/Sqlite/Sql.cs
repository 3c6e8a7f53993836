using Microsoft.Data.Sqlite;

namespace Messaging.Client.Storage.Sqlite;

/// <summary>
/// A statement that is prepared once and run many times; parameters <c>?1</c>, <c>?2</c>, … in the order of the values.
/// Belongs to one thread at a time.
/// </summary>
internal sealed class Sql : IDisposable
{
    private readonly SqliteCommand _command;

    public Sql(SqliteConnection connection, string text)
    {
        _command = connection.CreateCommand();
        _command.CommandText = text;
    }

    /// <summary>Runs a statement that gives no rows. Returns how many rows it changed.</summary>
    public int Run(params ReadOnlySpan<object?> values)
    {
        Bind(values);
        return _command.ExecuteNonQuery();
    }

    /// <summary>To be disposed before the statement is run again.</summary>
    public SqliteDataReader Read(params ReadOnlySpan<object?> values)
    {
        Bind(values);
        return _command.ExecuteReader();
    }

    /// <summary>The first column of the first row as a number; null where there is none.</summary>
    public long? Number(params ReadOnlySpan<object?> values)
    {
        Bind(values);
        return _command.ExecuteScalar() as long?;
    }

    public void Dispose() => _command.Dispose();

    /// <summary>Runs a statement once.</summary>
    public static int Run(SqliteConnection connection, string text, params ReadOnlySpan<object?> values)
    {
        using var sql = new Sql(connection, text);
        return sql.Run(values);
    }

    private void Bind(ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (i == _command.Parameters.Count)
                _command.Parameters.Add(new SqliteParameter($"?{i + 1}", null));
            _command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }
    }
}
