using Messaging.Tests.Support;
using Microsoft.Data.Sqlite;

namespace Messaging.Tests.Protocol;

/// <summary>Another writer holds a running server's ledger: what the server would write is refused until it lets go.</summary>
internal sealed class HeldLedger : IDisposable
{
    private readonly SqliteConnection connection;

    private HeldLedger(SqliteConnection connection) => this.connection = connection;

    public static async Task<HeldLedger> HoldAsync(TestServer server)
    {
        var connection = new SqliteConnection($"Data Source={server.LedgerPath};Pooling=False");
        await connection.OpenAsync();
        await using var begin = connection.CreateCommand();
        begin.CommandText = "BEGIN IMMEDIATE";
        await begin.ExecuteNonQueryAsync();
        return new HeldLedger(connection);
    }

    public void Dispose() => connection.Dispose();
}
