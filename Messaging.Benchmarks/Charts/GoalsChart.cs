using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Measuring;
using Messaging.Benchmarks.Reporting;

namespace Messaging.Benchmarks.Charts;

/// <summary>Each goal as how far it is reached: 1 is what is wanted, more is better, cut off at 3.</summary>
internal static class GoalsChart
{
    private const double Most = 3;

    public static string Draw(ReportFile file)
    {
        var groups = file.Reports
            .Where(report => report.Goals.Count > 0)
            .Select(report => new BarGroup(report.Key, [.. report.Goals.Select(BarOf)]))
            .ToArray();
        if (groups.Length == 0)
            throw new UsageException("there are no goals in the file");

        (string, string)[] legend = [("durable", "reached"), ("missed", "not reached")];
        return new BarChart(
            "Goals, in parts of what is to be reached", legend, ChartCommand.SourceOf(file), reference: 1)
            .Draw(groups);
    }

    private static Bar BarOf(Goal goal)
    {
        var reached = Spread.Of(goal.Values.Select(value => goal.IsAtLeast ? value / goal.Bound : goal.Bound / value));
        var note = $"{Text.Of(goal.Spread.Median)} ({(goal.IsAtLeast ? "≥" : "≤")} {Text.Of(goal.Bound)})";
        return new Bar(
            goal.Name, Math.Min(reached.Median, Most), Math.Min(reached.Min, Most), Math.Min(reached.Max, Most),
            goal.IsMet ? "durable" : "missed", note);
    }
}
