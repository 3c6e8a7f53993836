using System.Diagnostics;
using SQLitePCL;

namespace Messaging.Service.Ledger.Sqlite.Retaining;

/// <summary>Does the steps of retention, in the transaction of a batch. Writer's thread only.</summary>
internal sealed class RetentionWriter : IDisposable
{
    /// <summary>Pages that one step gives back to the system at most; each may cost moving another.</summary>
    public const int PagesPerStep = 64;

    private readonly Statement _take;
    private readonly Statement _delete;
    private readonly Statement _putBack;
    private readonly Statement _forget;
    private readonly Statement _beginStretch;
    private readonly Statement _extendStretch;
    private readonly Statement _standing;
    private readonly Statement _return;
    private readonly Statement[] _all;

    public RetentionWriter(sqlite3 connection)
    {
        // What stands aside for the moment is a few hundred small rows.
        foreach (var sql in (string[])["PRAGMA temp_store = MEMORY", $"CREATE TEMP TABLE husk AS SELECT {JournalRow.Columns} FROM journal LIMIT 0"])
        {
            using var statement = Prepare(sql);
            statement.Run();
        }

        _take = Prepare($"INSERT INTO husk SELECT {JournalRow.ColumnsWithoutBody} FROM journal WHERE seq = ?");
        _delete = Prepare("DELETE FROM journal WHERE seq = ?");
        _putBack = Prepare($"INSERT INTO journal ({JournalRow.Columns}) SELECT {JournalRow.Columns} FROM husk ORDER BY rowid");
        _forget = Prepare("DELETE FROM husk");
        _beginStretch = Prepare("INSERT INTO emptied (user, through) VALUES (?, ?)");
        _extendStretch = Prepare("UPDATE emptied SET through = ?2 WHERE user = ?1 AND through = ?3");
        _standing = Prepare(
            "REPLACE INTO retention (only_row, counted_seq, body_bytes, passed_seq, removed, removed_bytes, checksum) "
            + "VALUES (1, ?, ?, ?, ?, ?, ?)");
        _return = Prepare($"PRAGMA incremental_vacuum({PagesPerStep})");
        _all =
            [_take, _delete, _putBack, _forget, _beginStretch, _extendStretch, _standing, _return];

        Statement Prepare(string sql) => new(connection, sql);
    }

    /// <summary>Does one.</summary>
    /// <exception cref="LedgerFailureException">
    /// The transaction has failed. Where that is because the file is damaged, the step says so.
    /// </exception>
    public Settlement Take(RetentionStep step)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            Empty(step.Rows);
            foreach (var (user, stretch) in step.Stretches)
                Mark(user, stretch);
            Stand(step.Standing);
            if (step.ReturnsPages)
                _return.Run();
        }
        catch (LedgerFailureException failure) when ((failure.ExtendedCode & 0xff) == raw.SQLITE_CORRUPT)
        {
            step.Damage = failure.Message;
            throw;
        }

        step.Took = Stopwatch.GetElapsedTime(began);
        return Settlement.Recorded;
    }

    public void Dispose()
    {
        foreach (var statement in _all)
            statement.Dispose();
    }

    /// <summary>
    /// Takes the rows out and puts them back without their bodies. An update in place would leave each page as it is, with
    /// holes in it that nothing ever fills; so neighbours are merged, and the pages that are left over are free.
    /// </summary>
    private void Empty(List<long> rows)
    {
        if (rows.Count == 0)
            return;
        foreach (var row in rows)
        {
            _take.Bind(1, row).Run();
            _delete.Bind(1, row).Run();
        }

        _putBack.Run();
        _forget.Run();
    }

    private void Mark(long user, EmptiedStretch stretch)
    {
        if (stretch.First == 1)
            _beginStretch.Bind(1, user).Bind(2, stretch.Last).Run();
        else if (stretch.First > 0)
            _extendStretch.Bind(1, user).Bind(2, stretch.Last).Bind(3, stretch.First - 1).Run();
    }

    private void Stand(in RetentionStanding standing) => _standing
        .Bind(1, standing.Counted).Bind(2, standing.BodyBytes).Bind(3, standing.Passed)
        .Bind(4, standing.Removed).Bind(5, standing.RemovedBytes).Bind(6, standing.Checksum()).Run();
}
