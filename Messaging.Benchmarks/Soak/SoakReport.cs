using Messaging.Benchmarks.Measuring;
using Messaging.Benchmarks.Reporting;

namespace Messaging.Benchmarks.Soak;

/// <summary>A run as figures: each sampled one has a value for each moment of "at", each fault one for each time.</summary>
internal static class SoakReport
{
    public static Report Of(
        SoakOptions options, IReadOnlyList<SoakSample> samples, IReadOnlyList<FaultTime> faults)
    {
        var settings = new Dictionary<string, string>
        {
            ["minutes"] = Text.Of(options.Length.TotalMinutes), ["pairs"] = $"{options.Pairs}",
            ["rate"] = $"{options.PerSecond}", ["gap"] = $"{options.Gap.TotalSeconds}",
            ["restarts"] = $"{options.Restarts.TotalSeconds}", ["seed"] = $"{options.Seed}",
        };
        return new Report(
            "soak", settings,
            [
                Figure("at", "s", sample => sample.At),
                Figure("service", "MiB", sample => sample.Service),
                Figure("service heap", "MiB", sample => sample.ServiceHeap),
                Figure("clients", "MiB", sample => sample.Clients),
                Figure("clients heap", "MiB", sample => sample.ClientsHeap),
                Figure("ledger", "MiB", sample => sample.Ledger),
                Figure("log", "MiB", sample => sample.Log),
                Figure("streams", "", sample => sample.Streams),
                Figure("accepted", "messages/s", sample => sample.PerSecond),
                Figure("accepted p50", "ms", sample => sample.Accepted.P50),
                Figure("accepted p99", "ms", sample => sample.Accepted.P99),
                Figure("received p50", "ms", sample => sample.Received.P50),
                Figure("received p99", "ms", sample => sample.Received.P99),
                .. faults.GroupBy(fault => fault.Fault).OrderBy(kind => kind.Key).Select(kind => new Figure(
                    $"fault {kind.Key}", "s", Better.Neither, [.. kind.Select(fault => Math.Round(fault.From, 1))])),
            ],
            []);

        Figure Figure(string name, string unit, Func<SoakSample, double> value) => new(
            name, unit, Better.Neither, [.. samples.Select(sample => Math.Round(value(sample), 2))]);
    }

    /// <summary>What a person wants to know at the end.</summary>
    public static void Print(
        SoakOptions options, IReadOnlyList<SoakSample> samples, IReadOnlyList<FaultTime> faults, SoakFigures figures,
        TextWriter output)
    {
        var (accepted, received) = figures.Whole();
        output.WriteLine();
        output.WriteLine($"  minutes          {samples[^1].At / 60:N1}");
        output.WriteLine($"  messages         {figures.Accepted:N0}");
        output.WriteLine($"  accepted ms      p50 {Text.Of(accepted.P50)}, p99 {Text.Of(accepted.P99)}, p99.9 {Text.Of(accepted.P999)}");
        output.WriteLine($"  received ms      p50 {Text.Of(received.P50)}, p99 {Text.Of(received.P99)}, p99.9 {Text.Of(received.P999)}");
        Compare("service MiB", sample => sample.Service);
        Compare("service heap MiB", sample => sample.ServiceHeap);
        Compare("clients MiB", sample => sample.Clients);
        Compare("clients heap MiB", sample => sample.ClientsHeap);
        output.WriteLine($"  log MiB          at most {Text.Of(samples.Max(sample => sample.Log))}");
        output.WriteLine($"  ledger MiB       {Text.Of(samples[^1].Ledger)}");
        output.WriteLine($"  faults           {string.Join(", ", faults.GroupBy(fault => fault.Fault)
            .OrderBy(kind => kind.Key).Select(kind => $"{kind.Key} {kind.Count()}"))}; seed {options.Seed}");

        void Compare(string name, Func<SoakSample, double> value)
        {
            // Minutes 8 to 12 of a long run, or as much of a short one.
            var end = samples[^1].At;
            var (early, span) = (Math.Min(600, end / 4), Math.Min(120, end / 20));
            var known = samples.Where(sample => value(sample) > 0).ToArray();
            output.WriteLine(
                $"  {name,-16} {Median(known.Where(sample => Math.Abs(sample.At - early) <= Math.Max(span, 5)))} "
                + $"after {early / 60:N1} min, {Median(known.TakeLast(Math.Max(1, (int)(2 * span / 5))))} at the end");

            string Median(IEnumerable<SoakSample> some) =>
                some.Select(value).ToArray() is { Length: > 0 } values ? Text.Of(Spread.Of(values).Median) : "?";
        }
    }
}
