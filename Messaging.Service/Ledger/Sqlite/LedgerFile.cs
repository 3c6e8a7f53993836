using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>
/// The database file: held by one service at a time, opened with the settings that "on disk" depends on, and brought
/// to the schema of this version. Verbs that only read open it beside the service.
/// </summary>
internal sealed class LedgerFile : IDisposable
{
    /// <summary>"MsgL", so that <c>file(1)</c> and SQLite tell whose database it is.</summary>
    private const int ApplicationId = 0x4d73674c;

    private readonly string _path;
    private readonly FileStream _lock;

    static LedgerFile()
    {
        // A connection belongs to one thread at a time, and nobody asks how much memory SQLite has taken: it needs no
        // locks of its own around every call and allocation. Where it runs already, it stays as it is.
        Batteries_V2.Init();
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MULTITHREAD);
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0);
    }

    private LedgerFile(string path, FileStream @lock)
    {
        _path = path;
        _lock = @lock;
    }

    /// <summary>Takes the file for this service and migrates it.</summary>
    /// <exception cref="LedgerUnusableException">It is in use, is no ledger, or is of a later version.</exception>
    public static LedgerFile Take(string path)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);

        var file = new LedgerFile(path, Lock(path));
        try
        {
            if (File.Exists(path))
                RequireLedger(file, path); // before a setting changes what may not be ours
            RewriteLog(path + "-wal");
            using var connection = file.Connect();
            Migrate(connection);
            return file;
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode is raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT)
        {
            file.Dispose();
            throw new LedgerUnusableException($"{path} is not a usable ledger: {exception.Message}");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A connection that writes, durable at every commit.</summary>
    public SqliteConnection Connect()
    {
        var connection = Open(SqliteOpenMode.ReadWriteCreate);

        // Checkpoints are the checkpointer's, off the commit path. Another process that holds the write lock is waited
        // for a little, then the batch is refused.
        connection.Execute("PRAGMA wal_autocheckpoint = 0; PRAGMA busy_timeout = 250; PRAGMA cache_size = -65536;");
        Require(connection, "PRAGMA journal_mode = WAL", "PRAGMA journal_mode", "wal");
        Require(connection, "PRAGMA synchronous = FULL", "PRAGMA synchronous", "2");

        // Where a plain fsync leaves the bytes in the drive's cache (macOS), this makes it a real one.
        Require(connection, "PRAGMA fullfsync = ON", "PRAGMA fullfsync", "1");
        Require(connection, "PRAGMA checkpoint_fullfsync = ON", "PRAGMA checkpoint_fullfsync", "1");
        return connection;
    }

    /// <summary>A connection that only reads.</summary>
    public SqliteConnection ConnectReadOnly()
    {
        var connection = Open(SqliteOpenMode.ReadOnly);
        connection.Execute("PRAGMA query_only = ON; PRAGMA cache_size = -16384;");
        return connection;
    }

    /// <summary>All of the log has been copied: if this is the last connection, the log goes with it.</summary>
    public static void RemoveLogOnClose(sqlite3 connection) => SetCheckpointOnClose(connection, isOn: true);

    public void Dispose() => _lock.Dispose();

    private SqliteConnection Open(SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            Mode = mode,
            // A pooled connection outlives its owner, and with it the file's handles.
            Pooling = false,
        }.ConnectionString);
        connection.Open();

        // Whatever goes wrong, closing must not copy the log, nor sync it once more.
        SetCheckpointOnClose(connection.Handle!, isOn: false);
        return connection;
    }

    private static void SetCheckpointOnClose(sqlite3 connection, bool isOn) => _ = raw.sqlite3_db_config(
        connection, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, isOn ? 0 : 1, out _);

    private static FileStream Lock(string path)
    {
        try
        {
            // The operating system lets go of it however the process ends.
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new LedgerUnusableException(
                $"The ledger {path} is in use by another service, or its folder can't be written: {exception.Message}");
        }
    }

    private static void Require(SqliteConnection connection, string set, string read, string expected)
    {
        connection.Execute(set);
        var actual = connection.ExecuteScalar<string>(read);
        if (actual != expected)
            throw new LedgerUnusableException($"The ledger can't be kept safe: {set} gave {actual} instead of {expected}.");
    }

    private static void RequireLedger(LedgerFile file, string path)
    {
        using var connection = file.Open(SqliteOpenMode.ReadWrite);
        var isEmpty = connection.ExecuteScalar<int>("SELECT count(*) FROM sqlite_schema") == 0;
        if (!isEmpty && connection.ExecuteScalar<int>("PRAGMA application_id") != ApplicationId)
            throw new LedgerUnusableException($"{path} is a database, but not a ledger.");

        var version = connection.ExecuteScalar<int>("PRAGMA user_version");
        if (version > Migrations.Count)
        {
            throw new LedgerUnusableException(
                $"The ledger {path} was written by a later version: {version}, and this one knows {Migrations.Count}.");
        }
    }

    /// <summary>
    /// Writes the log that an earlier process left over itself, and syncs it. Where that process ended because a sync had
    /// failed, the system still has in memory what never came to the disk, counts it as clean, and would give it to SQLite
    /// as if it were safe: what is committed behind it would be lost with it.
    /// </summary>
    private static void RewriteLog(string path)
    {
        if (!File.Exists(path))
            return;
        using var log = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var buffer = new byte[1 << 20];
        for (var at = 0L; RandomAccess.Read(log.SafeFileHandle, buffer, at) is > 0 and var read; at += read)
            RandomAccess.Write(log.SafeFileHandle, buffer.AsSpan(0, read), at);
        log.Flush(flushToDisk: true);
    }

    private static void Migrate(SqliteConnection connection)
    {
        var version = connection.ExecuteScalar<int>("PRAGMA user_version");
        for (var next = version + 1; next <= Migrations.Count; next++)
        {
            // One transaction a step: a crash leaves the file at a version that is whole.
            using var transaction = connection.BeginTransaction();
            connection.Execute(Migrations.Script(next), transaction: transaction);
            if (next == 1)
            {
                connection.Execute(
                    "INSERT INTO ledger (only_row, epoch, projected_seq) VALUES (1, @epoch, 0)",
                    new { epoch = Guid.NewGuid().ToString("N") },
                    transaction);
            }

            connection.Execute(
                $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {next}", transaction: transaction);
            transaction.Commit();
        }
    }
}
