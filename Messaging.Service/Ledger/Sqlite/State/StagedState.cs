namespace Messaging.Service.Ledger.Sqlite.State;

/// <summary>Something whose offsets a batch changes: published when the batch is on disk, else set back.</summary>
internal abstract class StagedState
{
    /// <summary>Whether the batch under way has changed it.</summary>
    public bool IsTouched { get; set; }

    /// <summary>The last row of the journal that changed it: it can be dropped once that has been folded.</summary>
    public long LastSequence { get; set; }

    /// <summary>The last sweep that found it in use.</summary>
    public long LastUsed { get; set; }

    public abstract void Publish();

    public abstract void Revert();
}
