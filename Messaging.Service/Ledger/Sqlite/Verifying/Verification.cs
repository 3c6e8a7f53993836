using Dapper;
using Messaging.Service.Ledger.Sqlite.Upkeep;
using Microsoft.Data.Sqlite;

namespace Messaging.Service.Ledger.Sqlite.Verifying;

/// <summary>
/// Checks a ledger from end to end: SQLite's own check of the file, every row of the journal, and all tables against
/// those that the journal makes. Reads only, in one transaction, beside a running service or without one; memory does
/// not grow with the ledger, the temporary folder holds about a third of its size.
/// </summary>
internal sealed class Verification
{
    private const int ProgressEvery = 10_000;

    private readonly LedgerSnapshot _ledger;
    private readonly IProgress<VerificationStep>? _progress;
    private readonly CancellationToken _cancellationToken;
    private readonly Findings _findings = new();

    private Verification(LedgerSnapshot ledger, IProgress<VerificationStep>? progress, CancellationToken cancellationToken) =>
        (_ledger, _progress, _cancellationToken) = (ledger, progress, cancellationToken);

    /// <param name="path">The ledger's file.</param>
    /// <param name="isHeadCompared">Whether it must be the one that its head file was written of, where it has one.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="mostLogBytes">How long the log of a service that is at work may become meanwhile.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LogTooLongException">It has become longer.</exception>
    public static VerificationReport Run(
        string path, bool isHeadCompared, IProgress<VerificationStep>? progress = null,
        long mostLogBytes = LedgerOptions.DefaultReaderLogBytes, CancellationToken cancellationToken = default)
    {
        try
        {
            // Before the snapshot: a service that is at work moves it on.
            var isGarbled = false;
            var head = isHeadCompared ? LedgerHead.Read(path, out isGarbled) : null;
            using var ledger = LedgerSnapshot.Open(path, mostLogBytes);
            return new Verification(ledger, progress, cancellationToken).Run(head, isGarbled);
        }
        catch (LedgerUnusableException unusable)
        {
            return new VerificationReport
            {
                Path = path, Found = 1, Findings = [new Finding("file", "", unusable.Message)],
            };
        }
    }

    private VerificationReport Run(LedgerHead? head, bool isHeadGarbled)
    {
        using var scratch = new Scratch();
        var journal = new JournalCheck(_ledger, _findings);
        var tables = new TableCheck(_ledger, scratch, _findings);
        Try("head", () => CheckHead(head, isHeadGarbled));
        Try("file", CheckFile);
        var isRead = Try("journal", () => journal.Run(tables.Expect, rows =>
        {
            if (rows % ProgressEvery == 0)
                Report("journal", rows, _ledger.Rows);
        }));
        Try("tables", CheckRelations);

        // Where the journal can't be read to its end, everything behind it would be reported missing.
        if (isRead)
            Try("tables", () => tables.Run(table => Report(table, 0, 0)));
        return new VerificationReport
        {
            Path = _ledger.Path, Epoch = _ledger.Epoch, Rows = journal.Rows, Folded = _ledger.Folded, Compared = tables.Compared,
            Found = _findings.Count, Findings = _findings.Kept,
        };
    }

    private void CheckFile()
    {
        Report("file", 0, 0);
        foreach (var line in _ledger.Connection.Query<string>("PRAGMA integrity_check", buffered: false))
        {
            if (line != "ok")
                _findings.Add("file", "", line);
        }

        if (_ledger.Folded > _ledger.Rows || _ledger.Folded < 0)
            _findings.Add("ledger", "", $"projected_seq is {_ledger.Folded}, and the journal ends at row {_ledger.Rows}");
    }

    private void CheckHead(LedgerHead? head, bool isGarbled)
    {
        if (isGarbled)
            _findings.Add("head", "", $"{LedgerHead.PathFor(_ledger.Path)} is not what was written");
        else if (head?.Contradiction(_ledger.Connection) is { } contradiction)
            _findings.Add("head", "", $"the ledger {contradiction}");
    }

    private void CheckRelations()
    {
        foreach (var (table, text, sql) in LedgerTables.Relations)
        {
            Report(table, 0, 0);
            foreach (var key in _ledger.Connection.Query<string>(sql, buffered: false))
                _findings.Add(table, key, text);
        }
    }

    private void Report(string what, long done, long of)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        _progress?.Report(new VerificationStep(what, done, of));
    }

    /// <returns>Whether the file could be read.</returns>
    private bool Try(string what, Action check)
    {
        try
        {
            check();
            return true;
        }
        catch (Exception exception) when (exception is SqliteException or LedgerFailureException)
        {
            _ledger.ThrowIfEnded();
            _findings.Add("file", "", $"{what} can't be read on: {exception.Message}");
            return false;
        }
    }
}
