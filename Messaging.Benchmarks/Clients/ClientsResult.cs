using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Clients;

/// <summary>What a number of clients in one process gave, and what they took of it. CPU is in cores.</summary>
internal sealed record ClientsResult(
    double PerSecond,
    Quantiles Accepted,
    Quantiles Tick,
    double Cpu,
    double AllocatedBytesPerMessage,
    double KilobytesEach);
