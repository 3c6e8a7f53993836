using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Reporting;

/// <summary>One figure over all repetitions, in their order.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Unit">Of the values.</param>
/// <param name="Better">Which way it improves.</param>
/// <param name="Values">One for each repetition.</param>
/// <param name="IsFloor">
/// It does not depend on the service: where it moves between two runs, the machine has changed.
/// </param>
internal sealed record Figure(
    string Name, string Unit, Better Better, IReadOnlyList<double> Values, bool IsFloor = false)
{
    /// <summary>For a person.</summary>
    public string Title => $"{Name} {Unit}";


    public Spread Spread => Spread.Of(Values);
}
