using System.Diagnostics;
using System.Threading.Channels;
using Messaging.Service.Ledger.Sqlite.Retaining;
using Messaging.Service.Ledger.Sqlite.Rules;
using Messaging.Service.Ledger.Sqlite.State;
using SQLitePCL;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>
/// The one writer's loop: takes everything that has gathered, decides it in order, commits it with one sync, and only
/// then lets it be seen. It never serialises and never waits for a peer. One thread runs it.
/// </summary>
internal sealed class LedgerWriter(
    LedgerOptions options, sqlite3 connection, LedgerState state, RuleBook rules, RetentionWriter retention,
    Folding folding, Checkpointer checkpointer, LedgerMeter meter, ILogger logger) : IDisposable
{
    /// <summary>The bodies of a batch; past this it is committed, so that the first need not wait for the last.</summary>
    private const long MaxBatchBytes = 4 << 20;

    private readonly Statement _begin = new(connection, "BEGIN IMMEDIATE");
    private readonly Statement _commit = new(connection, "COMMIT");
    private readonly Publisher _publisher = new();
    private readonly List<Submission> _batch = [];
    private readonly List<StagedState> _changed = [];
    private int _pagesWritten;

    /// <summary>Works until the channel is completed and empty.</summary>
    /// <exception cref="LedgerFailureException">The disk can't be trusted any more: nothing further is settled.</exception>
    public void Run(ChannelReader<Submission> work)
    {
        // The one place where a thread may wait for a task: it is the writer's own.
        while (work.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            _ = TryTakeBatch(work);
        checkpointer.Finish(connection);
    }

    /// <summary>Works one batch, of what has gathered; false where nothing has.</summary>
    /// <exception cref="LedgerFailureException">As in <see cref="Run"/>.</exception>
    public bool TryTakeBatch(ChannelReader<Submission> work)
    {
        Gather(work);
        if (_batch.Count == 0)
            return false;

        checkpointer.ThrowIfFailed();
        var began = Stopwatch.GetTimestamp();
        var isOnDisk = TryCommit();
        meter.Count(_batch, isOnDisk); // from then on they are their sessions'
        _publisher.Settle(_batch);
        Reached(WriterPoint.Settled);
        if (isOnDisk)
        {
            state.Publish(_changed);
            folding.Committed();
        }

        Reached(WriterPoint.Published);
        _publisher.Wake(_changed);
        meter.BatchEnded(Stopwatch.GetElapsedTime(began), state);
        _batch.Clear();
        _changed.Clear();
        checkpointer.BetweenBatches(connection, PagesWritten());
        return true;
    }

    public void Dispose()
    {
        _begin.Dispose();
        _commit.Dispose();
    }

    private void Gather(ChannelReader<Submission> work)
    {
        var bytes = 0L;
        while (_batch.Count < options.MaxBatch && bytes < MaxBatchBytes && work.TryRead(out var submission))
        {
            _batch.Add(submission);
            bytes += submission is SendMessage message ? message.Body.Length : 0;
        }
    }

    /// <summary>Decides the batch and puts it on disk; where the disk is full or busy, nothing has happened.</summary>
    private bool TryCommit()
    {
        try
        {
            _begin.Run();
            rules.Begin();
            Reached(WriterPoint.Begun);
            foreach (var submission in _batch)
            {
                submission.Settlement = submission is RetentionStep step ? Take(step) : rules.Take(submission);
                Reached(WriterPoint.Taken);
            }

            rules.End();
            folding.WriteSlice();
            Reached(WriterPoint.Written);
            var commits = Stopwatch.GetTimestamp();
            _commit.Run();
            meter.Committed(Stopwatch.GetElapsedTime(commits));
            Reached(WriterPoint.Committed);
            rules.Commit();
            return true;
        }
        catch (LedgerFailureException failure) when (failure.IsPassing || IsRetentionDamaged())
        {
            logger.BatchRefused(_batch.Count, failure.Message);
            RollBack();
            return false;
        }
    }

    /// <summary>
    /// Rot that retention comes upon is no reason to end: nobody has asked for those rows. It is not tried again.
    /// </summary>
    private bool IsRetentionDamaged() => _batch.Exists(static submission => submission is RetentionStep { Damage: not null });

    private Settlement Take(RetentionStep step)
    {
        if (step.FoldsTail)
            folding.Want();
        return retention.Take(step);
    }

    private void Reached(WriterPoint point) => options.Seams.Reached(point);

    private void RollBack()
    {
        // A full disk may have rolled back by itself.
        if (raw.sqlite3_get_autocommit(connection) == 0)
        {
            using var rollback = new Statement(connection, "ROLLBACK");
            rollback.Run();
        }

        state.Revert();
        rules.RollBack(_batch);
        folding.RolledBack();
    }

    /// <summary>The pages that went into the write-ahead log since the last call.</summary>
    private int PagesWritten()
    {
        _ = raw.sqlite3_db_status(connection, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var written, out _, 0);
        var since = written - _pagesWritten;
        _pagesWritten = written;
        return since;
    }
}
