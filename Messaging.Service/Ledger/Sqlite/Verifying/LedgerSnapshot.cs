using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.Service.Ledger.Sqlite.Verifying;

/// <summary>
/// A ledger as it stands at one moment, read in one transaction, beside a running service or without one. While it is
/// open the service's write-ahead log can't start anew, and grows; past a limit the reading ends, in the middle of a
/// statement if need be. Belongs to one thread at a time.
/// </summary>
internal sealed class LedgerSnapshot : IDisposable
{
    /// <summary>So many steps of SQLite's machine take some milliseconds.</summary>
    private const int StepsPerLook = 100_000;

    private readonly LogWatch _log;

    private LedgerSnapshot(string path, SqliteConnection connection, long mostLogBytes)
    {
        (Path, Connection) = (path, connection);
        _log = new LogWatch(path, mostLogBytes);
        raw.sqlite3_progress_handler(connection.Handle!, StepsPerLook, static log => ((LogWatch)log).IsTooLong() ? 1 : 0, _log);
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

    /// <param name="path">The ledger's file.</param>
    /// <param name="mostLogBytes">How long the service's log may become meanwhile.</param>
    /// <exception cref="LedgerUnusableException">It is missing, no ledger, damaged, or not of this version.</exception>
    public static LedgerSnapshot Open(string path, long mostLogBytes = LedgerOptions.DefaultReaderLogBytes)
    {
        if (!File.Exists(path))
            throw new LedgerUnusableException($"There is no ledger at {path}.");
        LedgerFile.RequireWhole(path);
        SqliteConnection? connection = null;
        try
        {
            connection = LedgerFile.OpenReadOnly(path);
            return new LedgerSnapshot(path, connection, mostLogBytes);
        }
        catch (Exception exception)
        {
            connection?.Dispose();
            if (exception is SqliteException or InvalidOperationException)
                throw new LedgerUnusableException($"{path} is not a usable ledger: {exception.Message}");
            throw;
        }
    }

    /// <summary>Where a statement has failed: whether it was ended because the log had become too long.</summary>
    /// <exception cref="LogTooLongException">It was.</exception>
    public void ThrowIfEnded() => _log.ThrowIfFound();

    public Statement Query(string sql) => new(Connection.Handle!, sql);

    public void Dispose() => Connection.Dispose();
}
