namespace Messaging.Tests.Reliability.Judging;

/// <summary>What must hold whatever happens; docs/reliability.md says each in a sentence.</summary>
internal enum Invariant
{
    Lost,
    Duplicate,
    Gap,
    Reorder,
    Divergent,
    ConvGap,
    ConvSplit,
    SessionOrder,
    Realtime,
    DedupMoved,
    Regress,
    Unexpected,
    Mutated,
    Phantom,
    Torn,
    AwarenessStored,
    Stuck,
    Leak,
    RollbackSilent,

    /// <summary>A frame that docs/protocol.md does not allow, and that no other invariant names.</summary>
    Protocol,
}

/// <summary>How an invariant is called in reports.</summary>
internal static class InvariantNames
{
    /// <summary>Lower case, words joined by hyphens.</summary>
    public static string Name(this Invariant invariant) => string.Concat(invariant.ToString().Select(
        (letter, i) => char.IsUpper(letter) && i > 0 ? $"-{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));
}
