using Microsoft.Data.Sqlite;

namespace Messaging.Client.Storage.Sqlite;

/// <summary>The application's own statements, which are in the store's transaction with a message that they handle.</summary>
/// <param name="write">The statements.</param>
/// <param name="handled">The number of the message.</param>
internal sealed class OwnWork(Action<SqliteConnection> write, long handled)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _thrown;

    public Task Task => _ended.Task;

    /// <summary>Within the transaction. What the application throws takes back its own statements and no others.</summary>
    public void Run(SqliteConnection connection, StoreTables tables)
    {
        Sql.Run(connection, "SAVEPOINT messaging_own");
        try
        {
            write(connection);
        }
#pragma warning disable CA1031 // The application's exception is the application's to handle.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _thrown = e;
        }
        if (_thrown is null)
            tables.Handled(handled);
        else
            Sql.Run(connection, "ROLLBACK TO messaging_own");
        Sql.Run(connection, "RELEASE messaging_own");
    }

    public void End(StoreFailedException? failure)
    {
        if ((failure ?? _thrown) is { } reason)
            _ended.SetException(reason);
        else
            _ended.SetResult();
    }
}
