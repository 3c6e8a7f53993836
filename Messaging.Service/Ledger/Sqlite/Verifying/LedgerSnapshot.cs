using Dapper;
using Microsoft.Data.Sqlite;

namespace Messaging.Service.Ledger.Sqlite.Verifying;

/// <summary>
/// A ledger as it stands at one moment, read in one transaction, beside a running service or without one. While it is
/// open the service's write-ahead log can't start anew, and grows. Belongs to one thread at a time.
/// </summary>
internal sealed class LedgerSnapshot : IDisposable
{
    private LedgerSnapshot(string path, SqliteConnection connection)
    {
        (Path, Connection) = (path, connection);
        connection.Execute("BEGIN DEFERRED");
        LedgerFile.RequireCurrent(connection, path);
        (Epoch, Folded) = connection.QuerySingle<(string, long)>("SELECT epoch, projected_seq FROM ledger");
        Rows = connection.ExecuteScalar<long>("SELECT coalesce(max(seq), 0) FROM journal");
    }

    public string Path { get; }

    public SqliteConnection Connection { get; }

    public string Epoch { get; }

    /// <summary>Up to which row the journal is folded into the tables.</summary>
    public long Folded { get; }

    /// <summary>The journal's last row.</summary>
    public long Rows { get; }

    /// <exception cref="LedgerUnusableException">It is missing, no ledger, damaged, or not of this version.</exception>
    public static LedgerSnapshot Open(string path)
    {
        if (!File.Exists(path))
            throw new LedgerUnusableException($"There is no ledger at {path}.");
        LedgerFile.RequireWhole(path);
        SqliteConnection? connection = null;
        try
        {
            connection = LedgerFile.OpenReadOnly(path);
            return new LedgerSnapshot(path, connection);
        }
        catch (Exception exception)
        {
            connection?.Dispose();
            if (exception is SqliteException or InvalidOperationException)
                throw new LedgerUnusableException($"{path} is not a usable ledger: {exception.Message}");
            throw;
        }
    }

    public Statement Query(string sql) => new(Connection.Handle!, sql);

    public void Dispose() => Connection.Dispose();
}
