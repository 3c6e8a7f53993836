using Messaging.Benchmarks.Serving;

namespace Messaging.Benchmarks.Chat;

/// <summary>What the server's process used during the measured time; of its runtime, where we started it.</summary>
internal sealed record ServerUse(
    double Cpu,
    double ResidentMegabytes,
    double WrittenBytesPerMessage,
    double? AllocatedBytesPerMessage,
    double? PauseShare)
{
    public static ServerUse Between(ServerSample before, ServerSample after, TimeSpan time, long roundTrips)
    {
        var messages = (double)Math.Max(1, roundTrips);
        var (runtime, runtimeAfter) = (before.Runtime, after.Runtime);
        return new ServerUse(
            (after.Process.Cpu - before.Process.Cpu) / time,
            after.Process.ResidentBytes / 1e6,
            (after.Process.WrittenBytes - before.Process.WrittenBytes) / messages,
            (runtimeAfter?.AllocatedBytes - runtime?.AllocatedBytes) / messages,
            (runtimeAfter?.PauseMilliseconds - runtime?.PauseMilliseconds) / time.TotalMilliseconds);
    }
}
