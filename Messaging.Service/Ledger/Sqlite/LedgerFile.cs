using System.Buffers.Binary;
using Dapper;
using Messaging.Service.Ledger.Sqlite.Upkeep;
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
        // Nobody asks how much memory SQLite has taken: without that count no lock stands around each of its allocations.
        // Where it runs already, it stays as it is.
        Batteries_V2.Init();
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0);
    }

    private readonly bool _returnsPages;

    private LedgerFile(string path, FileStream @lock, bool returnsPages) =>
        (_path, _lock, _returnsPages) = (path, @lock, returnsPages);

    /// <summary>Takes the file for this service and migrates it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="head">What stands beside it of where it was when it was last served; null where that is not to count.</param>
    /// <param name="returnsPages">
    /// Whether a new one can give free pages back to the system in small steps, for which SQLite keeps account of every page.
    /// </param>
    /// <exception cref="LedgerUnusableException">
    /// It is in use, is no ledger, is of a later version, or is not the one that was served last.
    /// </exception>
    public static LedgerFile Take(string path, LedgerHead? head = null, bool returnsPages = false)
    {
        var file = new LedgerFile(path, Hold(path), returnsPages);
        try
        {
            if (File.Exists(path))
                RequireLedger(file, path); // before a setting changes what may not be ours
            else if (head is not null)
                throw NotTheOne(path, $"is missing, and had {head.Sequence} rows when it was last served");
            RewriteLog(path + "-wal");
            using var connection = file.Connect();
            if (head?.Contradiction(connection) is { } contradiction)
                throw NotTheOne(path, contradiction);
            Migrate(connection);
            return file;
        }
        catch (Exception exception) when (exception is LedgerFailureException { IsRot: true }
            or SqliteException { SqliteErrorCode: raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT })
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
        if (_returnsPages)
            Set(connection.Handle!, "PRAGMA auto_vacuum = INCREMENTAL"); // counts for a file that is empty
        MakeDurable(connection.Handle!);
        return connection;
    }

    /// <summary>
    /// The same for the writer: without SQLite's lock around each of its calls, so whoever has it sees to it that no two
    /// threads use it at once.
    /// </summary>
    /// <exception cref="LedgerFailureException">It can't be opened.</exception>
    public sqlite3 ConnectUnlocked()
    {
        var code = raw.sqlite3_open_v2(_path, out var connection, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX, null);
        try
        {
            if (code != raw.SQLITE_OK)
                throw LedgerFailureException.From(connection, code);
            SetCheckpointOnClose(connection, isOn: false);
            MakeDurable(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>A connection that only reads.</summary>
    public SqliteConnection ConnectReadOnly() => OpenReadOnly(_path);

    /// <summary>A connection that only reads, to a ledger that a service may have.</summary>
    public static SqliteConnection OpenReadOnly(string path)
    {
        var connection = Open(path, SqliteOpenMode.ReadOnly);
        connection.Execute("PRAGMA query_only = ON; PRAGMA cache_size = -16384;");
        return connection;
    }

    /// <summary>A file that is no ledger of this version's, in one sentence.</summary>
    /// <exception cref="LedgerUnusableException">It is none, or is of a later or earlier version.</exception>
    public static void RequireCurrent(SqliteConnection connection, string path)
    {
        var version = RequireLedger(connection, path);
        if (version < Migrations.Count)
        {
            throw new LedgerUnusableException(
                $"The ledger {path} is of version {version}, and this program's is {Migrations.Count}: "
                + "a service of this version brings it there when it starts.");
        }
    }

    /// <summary>
    /// A file that was cut off would be noticed only when somebody needs what is gone. Where there is a log, it may hold
    /// pages that the file does not have yet; where a rollback journal, the file is what a cut made of it.
    /// </summary>
    /// <exception cref="LedgerUnusableException">It was.</exception>
    public static void RequireWhole(string path)
    {
        foreach (var log in (string[])["-wal", "-journal"])
        {
            if (File.Exists(path + log) && new FileInfo(path + log).Length > 0)
                return;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Span<byte> header = stackalloc byte[100];
        if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || !header.StartsWith("SQLite format 3\0"u8))
            return; // it is empty, or none of SQLite's

        // Of SQLite's header: the size of a page, where 1 stands for 64 KiB; and the size of the file in pages, which
        // holds where the two counters agree.
        var page = BinaryPrimitives.ReadUInt16BigEndian(header[16..]) is var size and not 1 ? size : 1 << 16;
        var pages = BinaryPrimitives.ReadUInt32BigEndian(header[28..]);
        var isKnown = header.Slice(24, 4).SequenceEqual(header.Slice(92, 4));
        if (isKnown && file.Length < pages * (long)page)
        {
            throw new LedgerUnusableException(
                $"The ledger {path} was cut off: it has {file.Length} bytes of {pages * (long)page}.");
        }
    }

    /// <summary>Keeps every service from a ledger until it is disposed of; its folder is made if it is missing.</summary>
    /// <exception cref="LedgerUnusableException">A service has it.</exception>
    public static FileStream Hold(string path)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
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

    /// <summary>Brings a copy of a ledger, which no service has yet, to this version, under a new epoch.</summary>
    /// <exception cref="LedgerUnusableException">It is no ledger, was cut off, or is of a later version.</exception>
    public static void Renew(string path)
    {
        using var connection = Open(path, SqliteOpenMode.ReadWrite);
        _ = RequireLedger(connection, path);
        Migrate(connection);
        BeginEpoch(connection);
    }

    /// <summary>Gives a ledger a new epoch: no offset that a client saw before holds any more (protocol §2).</summary>
    public static void BeginEpoch(SqliteConnection connection) =>
        connection.Execute("UPDATE ledger SET epoch = @epoch", new { epoch = NewEpoch() });

    /// <summary>All of the log has been copied: if this is the last connection, the log goes with it.</summary>
    public static void RemoveLogOnClose(sqlite3 connection) => SetCheckpointOnClose(connection, isOn: true);

    public void Dispose() => _lock.Dispose();

    private SqliteConnection Open(SqliteOpenMode mode) => Open(_path, mode);

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
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

    private static void MakeDurable(sqlite3 connection)
    {
        // Checkpoints are the checkpointer's, off the commit path.
        Set(connection, "PRAGMA busy_timeout = 10000");
        Set(connection, "PRAGMA wal_autocheckpoint = 0");
        Set(connection, "PRAGMA cache_size = -65536");

        // Of a new file: twice SQLite's own, since the log costs two system calls a page and most pages are filled. More
        // would cost where many users are active, each of whom has a page of his own in the projections.
        Set(connection, "PRAGMA page_size = 8192");
        Require(connection, "PRAGMA journal_mode = WAL", "PRAGMA journal_mode", "wal");
        Require(connection, "PRAGMA synchronous = FULL", "PRAGMA synchronous", "2");

        // Where a plain fsync leaves the bytes in the drive's cache (macOS), this makes it a real one.
        Require(connection, "PRAGMA fullfsync = ON", "PRAGMA fullfsync", "1");
        Require(connection, "PRAGMA checkpoint_fullfsync = ON", "PRAGMA checkpoint_fullfsync", "1");

        // From here on another process that holds the write lock is waited for a little, then the batch is refused.
        Set(connection, "PRAGMA busy_timeout = 250");
    }

    private static void Set(sqlite3 connection, string pragma)
    {
        using var statement = new Statement(connection, pragma);
        _ = statement.Run();
    }

    private static void Require(sqlite3 connection, string set, string read, string expected)
    {
        Set(connection, set);
        using var query = new Statement(connection, read);
        var actual = query.Step() ? query.Text(0) : "nothing";
        if (actual != expected)
            throw new LedgerUnusableException($"The ledger can't be kept safe: {set} gave {actual} instead of {expected}.");
    }

    private static void RequireLedger(LedgerFile file, string path)
    {
        RequireWhole(path); // before SQLite says it in words of its own
        using var connection = file.Open(SqliteOpenMode.ReadWrite);
        _ = RequireLedger(connection, path, mayBeEmpty: true);
    }

    /// <returns>Its version.</returns>
    private static int RequireLedger(SqliteConnection connection, string path, bool mayBeEmpty = false)
    {
        var isEmpty = connection.ExecuteScalar<int>("SELECT count(*) FROM sqlite_schema") == 0;
        if (!(isEmpty && mayBeEmpty) && connection.ExecuteScalar<int>("PRAGMA application_id") != ApplicationId)
            throw new LedgerUnusableException($"{path} is a database, but not a ledger.");

        var version = connection.ExecuteScalar<int>("PRAGMA user_version");
        if (version > Migrations.Count)
        {
            throw new LedgerUnusableException(
                $"The ledger {path} was written by a later version: {version}, and this one knows {Migrations.Count}.");
        }

        return version;
    }

    private static LedgerUnusableException NotTheOne(string path, string contradiction) => new(
        $"The ledger {path} {contradiction} ({LedgerHead.PathFor(path)}). Put the right file in its place, or \"ledger "
        + "restore\" a backup, or \"ledger accept\" it as it stands: both begin a new epoch, by which every client "
        + "knows that it must compare.");

    private static string NewEpoch() => Guid.NewGuid().ToString("N");

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
                    new { epoch = NewEpoch() },
                    transaction);
            }

            connection.Execute(
                $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {next}", transaction: transaction);
            transaction.Commit();
        }
    }
}
