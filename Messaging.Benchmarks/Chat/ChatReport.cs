using System.Globalization;

namespace Messaging.Benchmarks.Chat;

/// <summary>The figures of all repetitions, for people and for programs.</summary>
internal sealed class ChatReport(ChatOptions options, IReadOnlyList<ChatResult> results)
{
    private readonly ChatMetric[] _metrics = [.. Metrics(results)];

    public void WriteTable(TextWriter output)
    {
        output.WriteLine(
            $"chat {options.Url}: {options.Pairs} pairs, {options.InFlight} in flight each, {options.Payload} B, "
            + $"{options.Repeat} × {options.Length.TotalSeconds} s after {options.Warmup.TotalSeconds} s");
        output.WriteLine();
        foreach (var metric in _metrics)
        {
            var (median, min, max) = metric.Spread;
            var values = string.Concat(metric.Values.Select(value => Text(metric, value).PadLeft(11)));
            output.WriteLine(
                $"{metric.Name,-26}{values}   {Text(metric, median)} [{Text(metric, min)}–{Text(metric, max)}]");
        }
    }

    public ChatDocument ToDocument() => new(
        "chat",
        options.Pairs,
        options.InFlight,
        options.Payload,
        options.Length.TotalSeconds,
        options.Warmup.TotalSeconds,
        results,
        _metrics.ToDictionary(metric => metric.Name, metric => metric.Spread));

    private static IEnumerable<ChatMetric> Metrics(IReadOnlyList<ChatResult> results)
    {
        yield return Metric("RT/s", "N0", r => r.RoundTripsPerSecond);
        yield return Metric("accepted p50 ms", "N3", r => r.Accepted.P50);
        yield return Metric("accepted p99 ms", "N3", r => r.Accepted.P99);
        yield return Metric("accepted p99.9 ms", "N3", r => r.Accepted.P999);
        yield return Metric("tick p50 ms", "N3", r => r.Tick.P50);
        yield return Metric("tick p99 ms", "N3", r => r.Tick.P99);
        yield return Metric("tick p99.9 ms", "N3", r => r.Tick.P999);
        yield return Metric("client CPU", "P0", r => r.ClientCpu);
        yield return Metric("client CPU µs/RT", "N2", r => r.ClientCpu * 1e6 / r.RoundTripsPerSecond);
        if (results[0].Server is null)
            yield break;

        yield return Metric("server CPU", "P0", r => r.Server!.Cpu);
        yield return Metric("server CPU µs/RT", "N2", r => r.Server!.Cpu * 1e6 / r.RoundTripsPerSecond);
        yield return Metric("server RSS MB", "N0", r => r.Server!.ResidentMegabytes);
        yield return Metric("server B written/message", "N0", r => r.Server!.WrittenBytesPerMessage);

        ChatMetric Metric(string name, string format, Func<ChatResult, double> value) =>
            new(name, format, [.. results.Select(value)]);
    }

    private static string Text(ChatMetric metric, double value) =>
        value.ToString(metric.Format, CultureInfo.InvariantCulture);
}
