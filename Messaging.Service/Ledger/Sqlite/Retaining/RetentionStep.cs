namespace Messaging.Service.Ledger.Sqlite.Retaining;

/// <summary>
/// A small piece of retention for the writer, which does it in the transaction of whatever batch it comes into. It was
/// looked up beforehand, so that the writer only writes. Settled as Recorded, or as Unavailable with nothing done.
/// </summary>
/// <param name="standing">Where retention stands after it.</param>
internal sealed class RetentionStep(RetentionStanding standing) : Submission(stream: null)
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RetentionStanding Standing { get; set; } = standing;

    /// <summary>The rows whose bodies go, in ascending order.</summary>
    public List<long> Rows { get; } = [];

    /// <summary>The bytes of their bodies.</summary>
    public long Bytes { get; set; }

    /// <summary>The stretches of users' sequences that hold nothing any more, by user.</summary>
    public Dictionary<long, EmptiedStretch> Stretches { get; } = [];

    /// <summary>Whether free pages go back to the system.</summary>
    public bool ReturnsPages { get; set; }

    /// <summary>Whether the tail is folded although it is short: what is in it has come of age.</summary>
    public bool FoldsTail { get; set; }

    /// <summary>How long the writer took.</summary>
    public TimeSpan Took { get; set; }

    /// <summary>What is wrong with the file, where it could not be done because of that.</summary>
    public string? Damage { get; set; }

    /// <summary>Ends when the step is on disk or was refused.</summary>
    public Task Settled => _settled.Task;

    /// <summary>Writer's thread.</summary>
    public void HandBack() => _settled.SetResult();
}

/// <summary>A stretch of a user's sequence without anything in it.</summary>
/// <param name="First">Its first offset; 0 where the sequence holds something before it.</param>
/// <param name="Last">Its last one.</param>
/// <param name="IsEnded">Whether something that is held follows.</param>
internal readonly record struct EmptiedStretch(int First, int Last, bool IsEnded)
{
    /// <summary>The next entry of the sequence is passed.</summary>
    public EmptiedStretch Then(int offset, bool isHeld) =>
        IsEnded ? this
        : isHeld || (Last > 0 && offset != Last + 1) ? this with { IsEnded = true }
        : new EmptiedStretch(First == 0 ? offset : First, offset, IsEnded: false);
}
