namespace Messaging.Benchmarks.Measuring;

/// <summary>In milliseconds.</summary>
internal sealed record Quantiles(double P50, double P99, double P999)
{
    public static Quantiles Of(LatencyHistogram histogram) => new(
        histogram.Quantile(0.5).TotalMilliseconds,
        histogram.Quantile(0.99).TotalMilliseconds,
        histogram.Quantile(0.999).TotalMilliseconds);
}
