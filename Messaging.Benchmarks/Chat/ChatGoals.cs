using Messaging.Benchmarks.Echo;
using Messaging.Benchmarks.Measuring;
using Messaging.Benchmarks.Reporting;

namespace Messaging.Benchmarks.Chat;

/// <summary>The goals that a chat beside its floors can speak to; each is set for one shape of load.</summary>
internal static class ChatGoals
{
    private const int Payload = 256;

    public static IEnumerable<Goal> Of(
        ChatOptions options,
        bool isPinned,
        IReadOnlyList<ChatResult> service,
        IReadOnlyList<ChatResult> storeOff,
        IReadOnlyList<EchoResult> echo,
        IReadOnlyList<Quantiles> sync)
    {
        if (options is not { Devices: 1, Payload: Payload })
            return [];

        return (options.Pairs, options.InFlight) switch
        {
            (1, 1) => OfOne(service, echo, sync),
            (16, 64) => [OfThroughput(1.0, 0.45), .. OfMany(options, service)],
            (64, 64) => [OfThroughput(1.8, 0.4)],
            _ => [],
        };

        Goal OfThroughput(double overEcho, double overStoreOff)
        {
            var ours = service.Select(result => result.RoundTripsPerSecond);
            return isPinned
                ? Goal.Ratio(
                    "round trips ÷ typed gRPC echoes", true, overEcho, ours, [.. echo.Select(e => e.PerSecond)], "/s")
                : Goal.Ratio(
                    "round trips ÷ those with the store off", true, overStoreOff, ours,
                    [.. storeOff.Select(result => result.RoundTripsPerSecond)], "/s");
        }
    }

    private static IEnumerable<Goal> OfOne(
        IReadOnlyList<ChatResult> service, IReadOnlyList<EchoResult> echo, IReadOnlyList<Quantiles> sync)
    {
        double[] accepted = [.. service.Select(result => result.Accepted.P50)];
        yield return Goal.Ratio(
            "accepted p50 ÷ (sync p50 + typed echo p50)", false, 2, accepted,
            [.. sync.Zip(echo, (disk, wire) => disk.P50 + wire.Latency.P50)], "ms");
        yield return Goal.Ratio(
            "tick p50 ÷ accepted p50", false, 2.2, service.Select(result => result.Tick.P50), accepted, "ms");
    }

    private static IEnumerable<Goal> OfMany(ChatOptions options, IReadOnlyList<ChatResult> service)
    {
        yield return Goal.Ratio(
            "tick p99 ÷ tick p50", false, 5, service.Select(result => result.Tick.P99),
            [.. service.Select(result => result.Tick.P50)], "ms");
        yield return new Goal(
            "managed allocation per round trip, bytes", false, 2_500,
            [.. service.Select(result => result.Server!.AllocatedBytesPerMessage!.Value)], "");
        yield return new Goal(
            $"written bytes ÷ the {options.FrameBytes} bytes of a frame", false, 8,
            [.. service.Select(result => result.Server!.WrittenBytesPerMessage / options.FrameBytes)], "");
    }
}
