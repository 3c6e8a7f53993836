using Dapper;
using Messaging.Service.Ledger.Sqlite.Verifying;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.Service.Ledger.Sqlite.Upkeep;

/// <summary>Copies a ledger, also one that is served, as it stands at one moment, into one file that needs no log.</summary>
internal static class LedgerCopy
{
    /// <summary>16 MiB at a time: between two, progress is told and the copy can be ended.</summary>
    private const int PagesPerStep = 4_096;

    /// <summary>Writes a copy beside the name it is to have later. Not synced.</summary>
    /// <param name="source">The ledger.</param>
    /// <param name="draft">Where to; what stands there is removed.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="mostLogBytes">How long the log of a service that is at work may become meanwhile.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LedgerUnusableException">The source can't be read.</exception>
    /// <exception cref="LogTooLongException">The log has become longer.</exception>
    public static void Write(
        string source, string draft, IProgress<VerificationStep>? progress, long mostLogBytes, CancellationToken cancellationToken)
    {
        if (!File.Exists(source))
            throw new LedgerUnusableException($"There is no ledger at {source}.");
        Remove(draft);
        try
        {
            using var from = LedgerFile.OpenReadOnly(source);
            var log = new LogWatch(source, mostLogBytes);

            // One transaction from the first page to the last: the copy would begin again at every commit of the service.
            from.Execute("BEGIN; SELECT count(*) FROM sqlite_schema");
            using var to = new SqliteConnection(
                new SqliteConnectionStringBuilder { DataSource = draft, Pooling = false }.ConnectionString);
            to.Open();
            CopyPages(from.Handle!, to.Handle!, log, progress, cancellationToken);
            to.Execute("PRAGMA journal_mode = DELETE");
        }
        catch (SqliteException exception)
        {
            throw new LedgerUnusableException($"The ledger {source} can't be copied: {exception.Message}");
        }
    }

    /// <summary>Removes a draft, and what SQLite may have left beside it.</summary>
    public static void Remove(string draft)
    {
        foreach (var suffix in (string[])["", "-wal", "-shm", "-journal"])
            File.Delete(draft + suffix);
    }

    private static void CopyPages(
        sqlite3 from, sqlite3 to, LogWatch log, IProgress<VerificationStep>? progress, CancellationToken cancellationToken)
    {
        using var backup = raw.sqlite3_backup_init(to, "main", from, "main");
        if (backup.IsInvalid)
            throw new SqliteException(raw.sqlite3_errmsg(to).utf8_to_string(), raw.sqlite3_errcode(to));
        int code;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            log.ThrowIfTooLong();
            code = raw.sqlite3_backup_step(backup, PagesPerStep);
            var pages = raw.sqlite3_backup_pagecount(backup);
            progress?.Report(new VerificationStep("copy", pages - raw.sqlite3_backup_remaining(backup), pages));
        }
        while (code == raw.SQLITE_OK);
        if (code != raw.SQLITE_DONE)
            throw new SqliteException(raw.sqlite3_errstr(code).utf8_to_string(), code);
    }
}
