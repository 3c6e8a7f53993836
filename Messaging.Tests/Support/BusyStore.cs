using Microsoft.Data.Sqlite;

namespace Messaging.Tests.Support;

/// <summary>Holds the write lock of a ledger's file, as a second program would: the store is busy until it is disposed.</summary>
internal sealed class BusyStore : IDisposable
{
    private readonly SqliteConnection connection;

    private BusyStore(SqliteConnection connection) => this.connection = connection;

    public static BusyStore Hold(string path)
    {
        var connection = LedgerEdit.Open(path);
        LedgerEdit.Run(connection, "BEGIN IMMEDIATE");
        return new BusyStore(connection);
    }

    public void Dispose()
    {
        LedgerEdit.Run(connection, "ROLLBACK");
        connection.Dispose();
    }
}
