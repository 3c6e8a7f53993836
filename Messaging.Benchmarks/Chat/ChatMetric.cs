using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Chat;

/// <summary>One figure over all repetitions; <see cref="Format"/> is how a person reads it.</summary>
internal sealed record ChatMetric(string Name, string Format, double[] Values)
{
    public Spread Spread { get; } = Spread.Of(Values);
}
