using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>
/// Copies the write-ahead log into the database, off the commit path: the bulk on a thread of its own beside the
/// writer, then what has come since by the writer between two batches, so that the log starts anew. Beside a busy
/// writer alone the log would never be caught up with, and grow without end. It is never truncated: a sync of space
/// that is already allocated takes half the time.
/// </summary>
internal sealed class Checkpointer : IDisposable
{
    private readonly int _pagesPerCheckpoint;
    private readonly SqliteConnection _connection;
    private readonly AutoResetEvent _wanted = new(initialState: false);
    private readonly Thread _thread;
    private int _pages;
    private volatile bool _isBulkCopied;
    private volatile bool _isCopying;
    private volatile bool _isStopping;

    public Checkpointer(LedgerOptions options, LedgerFile file, ILogger logger)
    {
        _pagesPerCheckpoint = options.CheckpointPages;
        _connection = file.Connect();
        _thread = new Thread(() => Run(logger)) { Name = "ledger checkpointer", IsBackground = true };
        _thread.Start();
    }

    /// <summary>
    /// Between two batches, on the writer's thread: says how many pages the last commit wrote, and where the bulk has
    /// been copied, copies the rest.
    /// </summary>
    public void BetweenBatches(sqlite3 writer, int pagesWritten)
    {
        if (_isBulkCopied)
        {
            _isBulkCopied = false;
            _ = Passive(writer);
            return;
        }

        _pages += pagesWritten;
        if (_pages < _pagesPerCheckpoint || _isCopying)
            return;

        _pages = 0;
        _isCopying = true;
        _wanted.Set();
    }

    public void Dispose()
    {
        _isStopping = true;
        _wanted.Set();
        _thread.Join();
        _connection.Dispose();
        _wanted.Dispose();
    }

    /// <summary>Copies what no reader holds back and nobody is in the way of; its result code.</summary>
    private static int Passive(sqlite3 connection) =>
        raw.sqlite3_wal_checkpoint_v2(connection, null, raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);

    private void Run(ILogger logger)
    {
        while (true)
        {
            _wanted.WaitOne();
            if (_isStopping)
                return;

            // A checkpoint that fails loses nothing: the log keeps what it could not copy, and the next one tries again.
            var code = Passive(_connection.Handle!);
            if (code is not (raw.SQLITE_OK or raw.SQLITE_BUSY))
                logger.CheckpointFailed(code);
            _isBulkCopied = code == raw.SQLITE_OK;
            _isCopying = false;
        }
    }
}
