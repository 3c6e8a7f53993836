using Microsoft.Data.Sqlite;

namespace Messaging.Benchmarks.Soak;

/// <summary>
/// The application's own table in a client's store: what it has seen of each sender, written in the transaction that
/// makes the message handled. It refuses a message that came before. One owner.
/// </summary>
internal sealed class SeenMessages
{
    private readonly Dictionary<string, int> _last = [];

    /// <param name="path">The store's file, while no client has it open.</param>
    public SeenMessages(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            CREATE TABLE IF NOT EXISTS seen (sender TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (sender, number))
                WITHOUT ROWID;
            SELECT sender, MAX(number), COUNT(*) FROM seen GROUP BY sender;
            """;
        using var row = command.ExecuteReader();
        while (row.Read())
            _last[row.GetString(0)] = row.GetInt32(1);
    }

    /// <summary>The number of the last message; they are numbered from 1.</summary>
    public int LastOf(string sender)
    {
        lock (_last)
            return _last.GetValueOrDefault(sender);
    }

    /// <summary>To be called on the store's connection, within its transaction.</summary>
    public static void Write(SqliteConnection connection, string sender, int number)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "INSERT INTO seen (sender, number) VALUES ($sender, $number)";
        command.Parameters.AddWithValue("$sender", sender);
        command.Parameters.AddWithValue("$number", number);
        command.ExecuteNonQuery();
    }

    /// <summary>To be called when it is on disk.</summary>
    public void Saw(string sender, int number)
    {
        lock (_last)
            _last[sender] = number;
    }
}
