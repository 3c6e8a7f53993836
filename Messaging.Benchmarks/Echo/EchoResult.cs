using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Echo;

/// <summary>How many frames came back, how soon, and what the client took for it of a core.</summary>
internal sealed record EchoResult(double PerSecond, Quantiles Latency, double ClientCpu);
