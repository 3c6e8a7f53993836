using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Soak;

/// <summary>How things stood at a moment, and what the interval before it gave.</summary>
/// <param name="At">Seconds of the run.</param>
/// <param name="Service">Resident, in MiB; 0 while it does not run.</param>
/// <param name="ServiceHeap">Managed, after its last collection, in MiB; 0 where it does not say.</param>
/// <param name="Clients">Resident memory of this process, with all clients, in MiB.</param>
/// <param name="ClientsHeap">Managed memory of this process, in MiB.</param>
/// <param name="Ledger">The file, in MiB.</param>
/// <param name="Log">The write-ahead log, in MiB.</param>
/// <param name="Streams">That are open, as the service says; 0 where it does not.</param>
/// <param name="PerSecond">Messages accepted.</param>
/// <param name="Accepted">From the call to the answer, in milliseconds.</param>
/// <param name="Received">From the call to the tick, in milliseconds.</param>
internal sealed record SoakSample(
    double At, double Service, double ServiceHeap, double Clients, double ClientsHeap, double Ledger, double Log,
    double Streams, double PerSecond, Quantiles Accepted, Quantiles Received);
