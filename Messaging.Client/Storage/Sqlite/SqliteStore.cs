using Microsoft.Data.Sqlite;

namespace Messaging.Client.Storage.Sqlite;

/// <summary>A store in a SQLite file: one writer that takes what has gathered, and one reader beside it.</summary>
internal sealed class SqliteStore : MessagingStore
{
    private readonly StoreFile _file;
    private readonly SqliteConnection _connection;
    private readonly StoreWriter _writer;
    private readonly SemaphoreSlim _reading = new(1);
    private readonly Lock _gate = new();
    private StoreReader? _reader;
    private bool _isAttached;
    private bool _isDisposed;

    private SqliteStore(StoreFile file, SqliteConnection connection)
    {
        _file = file;
        _connection = connection;
        _writer = new StoreWriter(connection);
    }

    public override bool IsDurable => true;

    public static new SqliteStore Open(string path)
    {
        var file = StoreFile.Take(path);
        try
        {
            return new SqliteStore(file, file.Connect());
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
        }
        await _writer.DisposeAsync().ConfigureAwait(false);
        await _reading.WaitAsync().ConfigureAwait(false);
        _reader?.Dispose();
        _reading.Release();
        await _connection.DisposeAsync().ConfigureAwait(false);
        _file.Dispose();
    }

    /// <summary>
    /// The application has handled the messages up to this one. May be written a little later: a process that ends
    /// before gets some of them again.
    /// </summary>
    public void Handled(long number) => _writer.Handled(number);

    /// <summary>As <see cref="Handled"/>, in one transaction with what the application writes.</summary>
    public Task HandleAsync(long number, Action<SqliteConnection> write) => _writer.WriteAsync(write, number);

    /// <summary>The first messages behind <paramref name="after"/> that are not handled, in the order of arrival.</summary>
    public Task<IReadOnlyList<WaitingMessage>> ReadUnhandledAsync(
        long after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(reader => reader.Unhandled(after, limit), cancellationToken);

    internal override void Attach(string user, string device)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(MessagingStore));
            StoreOwner.Require(Owner(), user, device, _isAttached, $"The store {_file.Path}");
            Sql.Run(_connection, "UPDATE messaging_store SET user = ?1, device = ?2 WHERE user IS NULL", user, device);
            _writer.Begin(user);
            _reader ??= new StoreReader(_file.ConnectToRead(), user, device);
            _isAttached = true;
        }
    }

    internal override void Detach()
    {
        lock (_gate)
            _isAttached = false;
    }

    internal override async Task<StoredState> LoadAsync(CancellationToken cancellationToken)
    {
        // What the last client of this object left unwritten when it ended.
        await FlushAsync().ConfigureAwait(false);
        return await ReadAsync(reader => reader.Load(), cancellationToken).ConfigureAwait(false);
    }

    internal override void Write(StoreChange change, Action<StoreFailedException?>? done = null) =>
        _writer.Write(change, done);

    internal override void SavePosition(StoredPosition position) => _writer.SavePosition(position);

    internal override Task FlushAsync() => _writer.FlushAsync();

    internal override Task<IReadOnlyList<StoredMessage>> ReadMessagesAsync(
        string peer, StoredPlace? before, int limit, CancellationToken cancellationToken) =>
        ReadAsync(reader => reader.Messages(peer, before, limit), cancellationToken);

    internal override Task<IReadOnlyList<Conversation>> ReadConversationsAsync(
        long? before, int limit, CancellationToken cancellationToken) =>
        ReadAsync(reader => reader.Conversations(before, limit), cancellationToken);

    internal override Task<SentMessage?> FindSentAsync(string id, CancellationToken cancellationToken) =>
        ReadAsync(reader => reader.Sent(id), cancellationToken);

    internal override Task<StoredMessage?> FindLastOfOthersAsync(
        string peer, int? upTo, CancellationToken cancellationToken) =>
        ReadAsync(reader => reader.LastOfOthers(peer, upTo), cancellationToken);

    internal override Task<IReadOnlyList<StoredEntry>> ReadParkedAsync(
        int limit, CancellationToken cancellationToken) =>
        ReadAsync(reader => reader.Parked(limit), cancellationToken);

    internal override Task<StoredEntry?> FindParkedAsync(string messageId, CancellationToken cancellationToken) =>
        ReadAsync(reader => reader.Parked(messageId), cancellationToken);

    // Not on the caller's thread, which may be that of a user interface.
    private async Task<T> ReadAsync<T>(Func<StoreReader, T> read, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed), typeof(MessagingStore));
            return await Task.Run(() => read(_reader!), cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteException e)
        {
            throw new StoreFailedException(e);
        }
        finally
        {
            _reading.Release();
        }
    }

    private (string, string)? Owner()
    {
        using var sql = new Sql(_connection, "SELECT user, device FROM messaging_store WHERE user IS NOT NULL");
        using var row = sql.Read();
        return row.Read() ? (row.GetString(0), row.GetString(1)) : null;
    }
}
