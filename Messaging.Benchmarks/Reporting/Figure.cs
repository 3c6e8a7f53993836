using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Reporting;

/// <summary>One figure over all repetitions, in their order.</summary>
internal sealed record Figure(string Name, string Unit, Better Better, IReadOnlyList<double> Values)
{
    public Spread Spread => Spread.Of(Values);
}
