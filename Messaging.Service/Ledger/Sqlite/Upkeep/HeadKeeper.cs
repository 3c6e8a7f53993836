using Microsoft.Data.Sqlite;

namespace Messaging.Service.Ledger.Sqlite.Upkeep;

/// <summary>
/// Keeps the head file of a ledger that is served, off the answer path: it looks over a connection of its own, which sees
/// a commit only after its sync. One caller at a time.
/// </summary>
internal sealed class HeadKeeper(string ledger, SqliteConnection connection, ILogger logger) : IDisposable
{
    private LedgerHead? _kept;

    /// <summary>Brings the file up to what is on disk now. Where it can't be written, the earlier one stands.</summary>
    public void Keep()
    {
        try
        {
            var head = LedgerHead.Of(connection);
            if (head == _kept)
                return;
            head.Write(ledger);
            _kept = head;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SqliteException)
        {
            logger.HeadNotKept(LedgerHead.PathFor(ledger), exception.Message);
        }
    }

    public void Dispose() => connection.Dispose();
}
