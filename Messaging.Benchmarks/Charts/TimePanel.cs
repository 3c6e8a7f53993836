namespace Messaging.Benchmarks.Charts;

/// <summary>Lines over the same time; a value of 0 is none, and leaves a gap.</summary>
/// <param name="Title">Above it, with the unit.</param>
/// <param name="Lines">A class of the style sheet, a name, and a value for each moment.</param>
/// <param name="IsLogarithmic">In powers of ten, or from 0 up.</param>
internal sealed record TimePanel(
    string Title, IReadOnlyList<(string Style, string Name, IReadOnlyList<double> Values)> Lines, bool IsLogarithmic);
