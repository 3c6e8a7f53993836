using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>
/// Copies the write-ahead log into the database, off the commit path: the bulk on a thread of its own beside the
/// writer, then what has come since by the writer between two batches, so that the log starts anew. Beside a busy
/// writer alone the log would never be caught up with, and grow without end. It is never truncated: a sync of space
/// that is already allocated takes half the time.
/// <para>
/// A checkpoint that finds the disk full or the file in use loses nothing: the log keeps what could not be copied, and the
/// next one tries again. After anything else, a failed sync above all, nothing more may be copied or committed: a second
/// sync would succeed whatever the first one lost.
/// </para>
/// </summary>
internal sealed class Checkpointer : IDisposable
{
    private readonly int _pagesPerCheckpoint;
    private readonly SqliteConnection _connection;
    private readonly LedgerMeter _meter;
    private readonly ILogger _logger;
    private readonly Action<Exception> _onFailure;
    private readonly AutoResetEvent _wanted = new(initialState: false);
    private readonly Thread _thread;
    private int _pages;
    private volatile LedgerFailureException? _failure;
    private volatile bool _isBulkCopied;
    private volatile bool _isCopying;
    private volatile bool _isStopping;

    /// <param name="options">How often.</param>
    /// <param name="file">Where.</param>
    /// <param name="meter">Hears how long each took.</param>
    /// <param name="logger">Where a checkpoint that has to be tried again is noted.</param>
    /// <param name="onFailure">
    /// Is called, on the checkpointer's thread, when one has failed for good; the writer may be waiting for work then.
    /// </param>
    public Checkpointer(
        LedgerOptions options, LedgerFile file, LedgerMeter meter, ILogger logger, Action<Exception> onFailure)
    {
        _pagesPerCheckpoint = options.CheckpointPages;
        _connection = file.Connect();
        _meter = meter;
        _logger = logger;
        _onFailure = onFailure;
        _thread = new Thread(Run) { Name = "ledger checkpointer", IsBackground = true };
        _thread.Start();
    }

    /// <exception cref="LedgerFailureException">A checkpoint has failed for good.</exception>
    public void ThrowIfFailed()
    {
        if (_failure is { } failure)
            throw failure;
    }

    /// <summary>
    /// Between two batches, on the writer's thread: says how many pages the last commit wrote, and where the bulk has
    /// been copied, copies the rest.
    /// </summary>
    /// <exception cref="LedgerFailureException">The disk can't be trusted any more.</exception>
    public void BetweenBatches(sqlite3 writer, int pagesWritten)
    {
        if (_isBulkCopied)
        {
            _isBulkCopied = false;
            Copy(writer, isBulk: false);
            return;
        }

        _pages += pagesWritten;
        if (_pages < _pagesPerCheckpoint || _isCopying)
            return;

        _pages = 0;
        _isCopying = true;
        _wanted.Set();
    }

    /// <summary>
    /// The work is done: copies everything, so that the log can be removed as the last connection closes. On the writer's
    /// thread.
    /// </summary>
    /// <exception cref="LedgerFailureException">The disk can't be trusted any more.</exception>
    public void Finish(sqlite3 writer)
    {
        Stop();
        ThrowIfFailed();
        if (Copy(writer, isBulk: false))
            LedgerFile.RemoveLogOnClose(writer);
    }

    public void Dispose()
    {
        Stop();
        _connection.Dispose();
        _wanted.Dispose();
    }

    private void Stop()
    {
        _isStopping = true;
        _wanted.Set();
        _thread.Join();
    }

    /// <summary>Copies what no reader holds back and nobody is in the way of; whether that went well.</summary>
    private bool Copy(sqlite3 connection, bool isBulk)
    {
        var began = Stopwatch.GetTimestamp();
        var code = raw.sqlite3_wal_checkpoint_v2(connection, null, raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);
        _meter.Copied(Stopwatch.GetElapsedTime(began), isBulk);
        if (code == raw.SQLITE_OK)
            return true;
        var failure = LedgerFailureException.From(connection, code);
        if (!failure.IsPassing)
            throw failure;
        if (code != raw.SQLITE_BUSY)
            _logger.CheckpointFailed(failure.Message);
        return false;
    }

    private void Run()
    {
        while (true)
        {
            _wanted.WaitOne();
            if (_isStopping)
                return;
            try
            {
                _isBulkCopied = Copy(_connection.Handle!, isBulk: true);
                _isCopying = false;
            }
            catch (LedgerFailureException failure)
            {
                _failure = failure;
                _onFailure(failure);
                return;
            }
        }
    }
}
