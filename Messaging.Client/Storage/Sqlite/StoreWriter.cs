using Messaging.Client.Connection;
using Microsoft.Data.Sqlite;

namespace Messaging.Client.Storage.Sqlite;

/// <summary>
/// Writes what has gathered in one transaction with one sync, then tells those concerned in the order in which they
/// came. Any thread may hand over work. The first failure ends it: what is on disk then is not known, and nothing more
/// is promised.
/// </summary>
internal sealed class StoreWriter : IAsyncDisposable
{
    private const int Busy = 5;

    // What may be written late waits for other work, and at most this long.
    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(100);

    private readonly SqliteConnection _connection;
    private readonly Lock _gate = new();
    private readonly WorkSignal _work = new();
    private readonly ITimer _timer;
    private readonly Task _running;
    private List<StoreWork> _gathered = [];
    private List<StoreWork> _writing = [];
    private long _handled;
    private StoredPosition? _position;
    private StoreTables? _tables;
    private StoreFailedException? _failure;
    private bool _isTimerSet;
    private bool _isClosing;

    public StoreWriter(SqliteConnection connection)
    {
        _connection = connection;
        _timer = TimeProvider.System.CreateTimer(
            _ => _work.Set(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _running = Task.Run(RunAsync);
    }

    /// <summary>Whose tables they are; before any work.</summary>
    public void Begin(string user)
    {
        lock (_gate)
            _tables ??= new StoreTables(_connection, user);
    }

    public void Write(StoreChange change, Action<StoreFailedException?>? done) =>
        Add(new StoreWork(change, null, done));

    /// <summary>Runs the application's own statements in a transaction with what comes before and behind.</summary>
    /// <exception cref="StoreFailedException">The store has failed. Whatever the statements throw is passed on.</exception>
    public Task WriteAsync(Action<SqliteConnection> write, long handled)
    {
        var own = new OwnWork(write, handled);
        Add(new StoreWork(null, own, own.End));
        return own.Task;
    }

    /// <summary>May be written late.</summary>
    public void Handled(long number)
    {
        lock (_gate)
            _handled = Math.Max(_handled, number);
        WakeLater();
    }

    /// <summary>May be written late.</summary>
    public void SavePosition(StoredPosition position)
    {
        lock (_gate)
            _position = position;
        WakeLater();
    }

    /// <summary>Completes when everything before is on disk.</summary>
    public async Task FlushAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Add(new StoreWork(null, null, failure =>
        {
            if (failure is null)
                done.SetResult();
            else
                done.SetException(failure);
        }));
        await done.Task.ConfigureAwait(false);
    }

    /// <summary>Writes what is left; later work is refused.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
            _isClosing = true;
        _work.Set();
        await _running.ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        _tables?.Dispose();
    }

    private void Add(StoreWork work)
    {
        StoreFailedException? failure;
        lock (_gate)
        {
            failure = _failure;
            if (failure is null)
                _gathered.Add(work);
        }
        if (failure is null)
            _work.Set();
        else
            work.Done?.Invoke(failure);
    }

    private void WakeLater()
    {
        lock (_gate)
        {
            if (_isTimerSet)
                return;
            _isTimerSet = true;
        }
        _timer.Change(Lateness, Timeout.InfiniteTimeSpan);
    }

    private async Task RunAsync()
    {
        var isLast = false;
        while (!isLast)
        {
            await _work.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            isLast = WriteGathered();
        }
    }

    // Returns whether it was the last time.
    private bool WriteGathered()
    {
        long handled;
        StoredPosition? position;
        bool isLast;
        StoreFailedException? failure;
        lock (_gate)
        {
            (_gathered, _writing) = (_writing, _gathered);
            (handled, _handled) = (_handled, 0);
            (position, _position) = (_position, null);
            _isTimerSet = false;
            failure = _failure;
            isLast = _isClosing;
            // Work that comes behind the last is refused, not forgotten.
            if (isLast)
                _failure ??= new StoreFailedException(new ObjectDisposedException(nameof(MessagingStore)));
        }
        if (failure is null && (_writing.Count > 0 || handled > 0 || position is not null))
            failure = Commit(handled, position);
        foreach (var work in _writing)
            Tell(work, failure);
        _writing.Clear();
        return isLast;
    }

    private void Tell(StoreWork work, StoreFailedException? failure)
    {
        try
        {
            work.Done?.Invoke(failure);
        }
#pragma warning disable CA1031 // A bug; but the others must be told, and whoever writes next learns of it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            lock (_gate)
                _failure ??= new StoreFailedException(e);
        }
    }

    private StoreFailedException? Commit(long handled, StoredPosition? position)
    {
        try
        {
            Begin();
            var tables = _tables!;
            foreach (var (change, own, _) in _writing)
            {
                if (change is not null)
                    tables.Make(change);
                own?.Run(_connection, tables);
            }
            if (handled > 0)
                tables.Handled(handled);
            if (position is { } at)
                tables.MoveTo(at);
            tables.Save();
            Sql.Run(_connection, "COMMIT");
            return null;
        }
#pragma warning disable CA1031 // Whatever it is, those who wait must learn of it, and nothing more may be promised.
        catch (Exception e)
#pragma warning restore CA1031
        {
            var failure = new StoreFailedException(e);
            lock (_gate)
                _failure ??= failure;
            return failure;
        }
    }

    // Another connection of the application may hold the right to write for a while: nothing has happened yet, so this
    // waits for as long as it takes.
    private void Begin()
    {
        while (true)
        {
            try
            {
                Sql.Run(_connection, "BEGIN IMMEDIATE");
                return;
            }
            catch (SqliteException e) when (e.SqliteErrorCode == Busy && !_isClosing)
            {
            }
        }
    }
}
