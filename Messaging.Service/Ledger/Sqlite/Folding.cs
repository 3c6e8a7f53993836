using System.Diagnostics;
using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>
/// Says when the tail of the journal is folded into the projections, and how fast: in slices that ride in the
/// transactions of ordinary batches, so that they cost no sync of their own. Writer's thread only.
/// </summary>
internal sealed class Folding(
    LedgerOptions options, LedgerState state, Projections projections, LedgerMeter meter, long folded)
{
    private long _folded = folded;
    private long _reached;
    private long _swept;
    private bool _isWanted;

    /// <summary>The next fold is not to wait until the tail is long.</summary>
    public void Want() => _isWanted = true;

    /// <summary>In the transaction of a batch: writes the next slice, if there is something to fold.</summary>
    public void WriteSlice()
    {
        if (!projections.IsFolding && (IsTailLong || (_isWanted && state.Tail.Count > 0)))
        {
            projections.Begin(state.Tail.Take((state.Tail.Count + 1) / 2));
            _isWanted = false;
        }

        if (!projections.IsFolding)
            return;

        // The longer the tail, the longer the slice: a tail that grew without end would be lost memory.
        var lengths = 1 + (state.Tail.Count / options.TailRows);
        var began = Stopwatch.GetTimestamp();
        _reached = projections.WriteSlice(options.FoldSlice * lengths) ?? 0;
        meter.Folded(Stopwatch.GetElapsedTime(began));
    }

    /// <summary>The transaction is on disk: what a finished fold covers is looked up in the tables from now on.</summary>
    public void Committed()
    {
        if (_reached > 0)
        {
            state.RemoveFolded(_reached);
            projections.End();
            _folded = _reached;
            _reached = 0;
        }

        if (state.LastSequence - _swept > options.Seams.RowsPerSweep)
        {
            _swept = state.LastSequence;
            state.Active.DropIdle(_folded);
        }
    }

    /// <summary>The transaction failed: the fold under way is written again from its beginning.</summary>
    public void RolledBack()
    {
        _reached = 0;
        projections.StartOver();
    }

    private bool IsTailLong => state.Tail.Count > options.TailRows || state.TailBytes > options.TailBytes;
}
