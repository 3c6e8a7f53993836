using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Reporting;

/// <summary>What is to be reached, and what each repetition gave beside the floor that was measured with it.</summary>
/// <param name="Name">What is compared with which floor.</param>
/// <param name="IsAtLeast">Whether <paramref name="Bound"/> is the least that will do, or the most.</param>
/// <param name="Bound">A ratio, or what the goal's name says.</param>
/// <param name="Values">Of each repetition.</param>
/// <param name="Floor">The floor's own figure, for a person.</param>
internal sealed record Goal(string Name, bool IsAtLeast, double Bound, IReadOnlyList<double> Values, string Floor)
{
    public Spread Spread => Spread.Of(Values);

    public bool IsMet => IsAtLeast ? Spread.Median >= Bound : Spread.Median <= Bound;

    /// <summary>Our figure over the floor's, repetition by repetition.</summary>
    public static Goal Ratio(
        string name, bool isAtLeast, double bound, IEnumerable<double> ours, IReadOnlyList<double> floor,
        string unit) =>
        new(name, isAtLeast, bound, [.. ours.Zip(floor, (one, other) => one / other)],
            $"{Text.Of(Spread.Of(floor).Median)} {unit}");
}
