using System.Globalization;
using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Reporting;

namespace Messaging.Benchmarks.Charts;

/// <summary>A soak: memory and latency over time, and what was broken when.</summary>
internal static class SoakChart
{
    private const string FaultPrefix = "fault ";

    public static string Draw(ReportFile file)
    {
        var soak = file.Reports.FirstOrDefault(report => report.Command == "soak")
            ?? throw new UsageException("there is no soak in the file");
        double[] minutes = [.. Values("at").Select(second => second / 60)];
        if (minutes is not [.., > 0])
            throw new UsageException("there are no samples in the file");

        var faults = soak.Figures
            .Where(figure => figure.Name.StartsWith(FaultPrefix, StringComparison.Ordinal))
            .Select(figure => (
                figure.Name[FaultPrefix.Length..],
                (IReadOnlyList<double>)[.. figure.Values.Select(second => second / 60)]))
            .ToArray();
        var title = string.Create(
            CultureInfo.InvariantCulture,
            $"Soak: {minutes[^1]:0} minutes, {soak.Settings.GetValueOrDefault("rate")} messages a second, {faults.Sum(kind => kind.Item2.Count)} faults");
        return new TimeChart(title, ChartCommand.SourceOf(file), minutes).Draw(
            [
                new TimePanel(
                    "memory, files (MiB)",
                    [
                        ("ours", "service", Values("service")), ("ours thin", "its heap", Values("service heap")),
                        ("durable", "all clients", Values("clients")), ("durable thin", "their heap", Values("clients heap")),
                        ("other thin", "write-ahead log", Values("log")),
                    ],
                    IsLogarithmic: false),
                new TimePanel(
                    "latency (ms)",
                    [
                        ("missed thin", "received p99", Values("received p99")),
                        ("other thin", "accepted p99", Values("accepted p99")),
                        ("durable", "received p50", Values("received p50")),
                        ("ours", "accepted p50", Values("accepted p50")),
                    ],
                    IsLogarithmic: true),
            ],
            faults);

        IReadOnlyList<double> Values(string name) =>
            soak.Figures.FirstOrDefault(figure => figure.Name == name)?.Values
            ?? throw new UsageException($"there is no {name} in the file");
    }
}
