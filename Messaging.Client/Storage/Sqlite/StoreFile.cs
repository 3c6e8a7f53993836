using Microsoft.Data.Sqlite;

namespace Messaging.Client.Storage.Sqlite;

/// <summary>The file of a store: held by one store at a time, and opened so that a commit survives a power cut.</summary>
internal sealed class StoreFile : IDisposable
{
    private const int NotADatabase = 26;
    private const int Corrupt = 11;

    private readonly FileStream _lock;

    private StoreFile(string path, FileStream @lock)
    {
        Path = path;
        _lock = @lock;
    }

    public string Path { get; }

    /// <summary>Takes the file and brings it to this version.</summary>
    /// <exception cref="StoreUnusableException">It is in use, is no database, or is of a later version.</exception>
    public static StoreFile Take(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        var file = new StoreFile(path, Lock(path));
        try
        {
            using var connection = file.Connect();
            StoreSchema.Migrate(connection, path);
            return file;
        }
        catch (SqliteException e) when (e.SqliteErrorCode is NotADatabase or Corrupt)
        {
            file.Dispose();
            throw new StoreUnusableException($"{path} is no usable database: {e.Message}", e);
        }
        catch (SqliteException e)
        {
            file.Dispose();
            throw new StoreUnusableException($"The store {path} cannot be opened: {e.Message}", e);
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
        var connection = Open();
        // In WAL mode less than FULL leaves the last commits to a power cut: acknowledged messages would be gone.
        Require(connection, "PRAGMA journal_mode = WAL", "PRAGMA journal_mode", "wal");
        Require(connection, "PRAGMA synchronous = FULL", "PRAGMA synchronous", "2");
        // Where a plain fsync leaves the bytes in the drive's cache (macOS, iOS), this makes it a real one.
        Require(connection, "PRAGMA fullfsync = ON", "PRAGMA fullfsync", "1");
        Require(connection, "PRAGMA checkpoint_fullfsync = ON", "PRAGMA checkpoint_fullfsync", "1");
        return connection;
    }

    /// <summary>A connection that only reads, beside the one that writes.</summary>
    public SqliteConnection ConnectToRead()
    {
        var connection = Open();
        Sql.Run(connection, "PRAGMA query_only = ON");
        return connection;
    }

    public void Dispose() => _lock.Dispose();

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Path,
            // A pooled connection outlives its owner, and with it the file's handles.
            Pooling = false,
            // Seconds; the writer waits anew for as long as it takes.
            DefaultTimeout = 1,
        }.ConnectionString);
        try
        {
            connection.Open();
            // The application may write to its own tables at the same time; that takes a moment.
            Sql.Run(connection, "PRAGMA busy_timeout = 1000");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static FileStream Lock(string path)
    {
        try
        {
            // The operating system lets go of it however the process ends.
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnusableException(
                $"The store {path} is open already, here or in another process, or its folder cannot be written: "
                + e.Message, e);
        }
    }

    private static void Require(SqliteConnection connection, string set, string read, string expected)
    {
        Sql.Run(connection, set);
        using var sql = new Sql(connection, read);
        using var row = sql.Read();
        var actual = row.Read() ? row.GetString(0) : "nothing";
        if (actual != expected)
            throw new StoreUnusableException($"The store cannot be kept safe: {set} gave {actual}, not {expected}.");
    }
}
