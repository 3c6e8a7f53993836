using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Chat;

/// <summary>What the server's process used during the measured time.</summary>
internal sealed record ServerUse(double Cpu, double ResidentMegabytes, double WrittenBytesPerMessage)
{
    public static ServerUse Between(ProcessSample before, ProcessSample after, TimeSpan time, long roundTrips) => new(
        (after.Cpu - before.Cpu) / time,
        after.ResidentBytes / 1e6,
        (after.WrittenBytes - before.WrittenBytes) / (double)Math.Max(1, roundTrips));
}
