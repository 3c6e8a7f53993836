using System.Diagnostics;
using Messaging.Service.Ledger.Sqlite;
using Microsoft.Data.Sqlite;

namespace Messaging.Benchmarks.Floor;

/// <summary>
/// What SQLite takes for an append-only journal, synced at every commit: no ledger in it can be faster.
/// </summary>
internal static class JournalFloor
{
    private const int BodyBytes = 300;

    /// <summary>Rows a second.</summary>
    /// <param name="path">A database that is not there yet; the caller removes it.</param>
    /// <param name="rowsPerCommit">How many share a transaction.</param>
    /// <param name="length">How long.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static double Measure(string path, int rowsPerCommit, TimeSpan length, CancellationToken cancellationToken)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using (var command = connection.CreateCommand())
        {
            command.CommandText = """
                PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4096;
                CREATE TABLE journal (seq INTEGER PRIMARY KEY, sender INTEGER, conversation INTEGER, body BLOB) STRICT;
                """;
            command.ExecuteNonQuery();
        }

        using var begin = new Statement(connection.Handle!, "BEGIN IMMEDIATE");
        using var insert = new Statement(connection.Handle!, "INSERT INTO journal VALUES (?, ?, ?, ?)");
        using var commit = new Statement(connection.Handle!, "COMMIT");
        var body = new byte[BodyBytes];
        var rows = 0L;
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            begin.Run();
            for (var i = 0; i < rowsPerCommit; i++)
                insert.Bind(1, ++rows).Bind(2, rows % 16).Bind(3, rows % 16).Bind(4, body).Run();
            commit.Run();
        }

        return rows / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
