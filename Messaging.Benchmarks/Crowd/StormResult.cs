using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Crowd;

/// <summary>How long it took until all were back, each of them, and what it cost.</summary>
internal sealed record StormResult(double AllBackSeconds, Quantiles Each, double Cpu, double CpuSeconds, int Failures);
