using Messaging.Benchmarks.Reporting;

namespace Messaging.Benchmarks.Chat;

/// <summary>What the repetitions of a chat gave, as figures.</summary>
internal static class ChatFigures
{
    /// <param name="of">Whose, where several are compared; goes before each name.</param>
    /// <param name="results">One for each repetition.</param>
    public static IEnumerable<Figure> All(string of, IReadOnlyList<ChatResult> results)
    {
        yield return Figure("round trips", "/s", Better.Higher, r => r.RoundTripsPerSecond);
        yield return Figure("accepted p50", "ms", Better.Lower, r => r.Accepted.P50);
        yield return Figure("accepted p99", "ms", Better.Lower, r => r.Accepted.P99);
        yield return Figure("accepted p99.9", "ms", Better.Lower, r => r.Accepted.P999);
        yield return Figure("tick p50", "ms", Better.Lower, r => r.Tick.P50);
        yield return Figure("tick p99", "ms", Better.Lower, r => r.Tick.P99);
        yield return Figure("tick p99.9", "ms", Better.Lower, r => r.Tick.P999);
        yield return Figure("client CPU", "% of a core", Better.Neither, r => 100 * r.ClientCpu);
        yield return Figure(
            "client CPU", "µs/round trip", Better.Neither, r => r.ClientCpu * 1e6 / r.RoundTripsPerSecond);
        if (results[0].Server is not { } server)
            yield break;

        yield return Figure("server CPU", "% of a core", Better.Neither, r => 100 * r.Server!.Cpu);
        yield return Figure(
            "server CPU", "µs/round trip", Better.Lower, r => r.Server!.Cpu * 1e6 / r.RoundTripsPerSecond);
        yield return Figure("server memory", "MB", Better.Lower, r => r.Server!.ResidentMegabytes);
        yield return Figure("server written", "bytes/message", Better.Lower, r => r.Server!.WrittenBytesPerMessage);
        if (server.AllocatedBytesPerMessage is null)
            yield break;

        yield return Figure(
            "server allocated", "bytes/round trip", Better.Lower, r => r.Server!.AllocatedBytesPerMessage!.Value);
        yield return Figure("server GC pauses", "% of the time", Better.Lower, r => 100 * r.Server!.PauseShare!.Value);

        Figure Figure(string name, string unit, Better better, Func<ChatResult, double> value) =>
            new($"{of}{name}", unit, better, [.. results.Select(value)]);
    }
}
