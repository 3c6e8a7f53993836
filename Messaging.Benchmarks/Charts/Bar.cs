namespace Messaging.Benchmarks.Charts;

/// <summary>One bar: a median, and how far the repetitions reached.</summary>
/// <param name="Label">Left of it.</param>
/// <param name="Value">Its length.</param>
/// <param name="Min">Where its whisker begins.</param>
/// <param name="Max">Where its whisker ends.</param>
/// <param name="Style">A class of the chart's style sheet.</param>
/// <param name="Note">Right of it.</param>
internal sealed record Bar(string Label, double Value, double Min, double Max, string Style, string Note);
