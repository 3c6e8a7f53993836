using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Reporting;

namespace Messaging.Benchmarks.Charts;

/// <summary>
/// Round trips a second: the service's, its floors' and, where they were measured with it, its peers'.
/// </summary>
internal static class ThroughputChart
{
    public static string Draw(ReportFile file)
    {
        var groups = file.Reports
            .Select(report => new BarGroup(TitleOf(report), [.. report.Figures.Where(IsThroughput).Select(BarOf)]))
            .Where(group => group.Bars.Count > 0)
            .ToArray();
        if (groups.Length == 0)
            throw new UsageException("there are no round trips in the file");

        (string, string)[] legend =
        [
            ("ours", "on disk before it is answered"), ("durable", "another, likewise"),
            ("other", "another, not on disk"),
        ];
        return new BarChart("Round trips a second", legend, ChartCommand.SourceOf(file), reference: null).Draw(groups);
    }

    private static bool IsThroughput(Figure figure) =>
        figure.Unit == "/s" && (figure.Name.EndsWith("round trips", StringComparison.Ordinal) || figure.IsFloor);

    private static string TitleOf(Report report) =>
        $"{report.Settings.GetValueOrDefault("pairs")} pairs, "
        + $"{report.Settings.GetValueOrDefault("in-flight")} in flight each, "
        + $"{report.Settings.GetValueOrDefault("payload")} bytes"
        + (report.Settings.GetValueOrDefault("pinned") == "yes" ? ", server on one core" : "");

    private static Bar BarOf(Figure figure)
    {
        var whose = figure.Name.Split(": ")[0];
        var label = figure.Name == "round trips" ? "Messaging" : whose;
        var style = figure.Name == "round trips" ? "ours"
            : whose.Contains("synced", StringComparison.Ordinal) ? "durable"
            : "other";
        return new Bar(
            label, figure.Spread.Median, figure.Spread.Min, figure.Spread.Max, style, Text.Of(figure.Spread.Median));
    }
}
