namespace Messaging.Benchmarks.Comparing;

/// <summary>What a ratio says.</summary>
internal enum Verdict
{
    Better,
    Worse,

    /// <summary>The repetitions overlap, and each lie close together: if there is a difference it is small.</summary>
    Same,

    /// <summary>The repetitions overlap and lie far apart: it says nothing.</summary>
    TooWide,

    /// <summary>They do not overlap, and neither way is better.</summary>
    Moved,
}
