using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Chat;

/// <summary>What one repetition gave. CPU shares are of one core.</summary>
internal sealed record ChatResult(
    double RoundTripsPerSecond,
    Quantiles Accepted,
    Quantiles Tick,
    double ClientCpu,
    ServerUse? Server);
