namespace Messaging.Benchmarks.Charts;

/// <summary>Bars that belong together, under a heading of their own, longest first or as given.</summary>
internal sealed record BarGroup(string Title, IReadOnlyList<Bar> Bars);
