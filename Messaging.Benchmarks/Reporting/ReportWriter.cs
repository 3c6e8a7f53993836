namespace Messaging.Benchmarks.Reporting;

/// <summary>Prints a report as a table and, where asked for, writes the same as JSON.</summary>
internal static class ReportWriter
{
    public static async Task WriteAsync(string? jsonFile, CancellationToken cancellationToken, params Report[] reports)
    {
        // Standard output belongs to the JSON where that goes there.
        var output = jsonFile == "-" ? Console.Error : Console.Out;
        foreach (var report in reports)
            Print(report, output);
        if (jsonFile is not null)
            await ReportFile.Of(reports).WriteAsync(jsonFile, cancellationToken);
    }

    public static void Print(Report report, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine(report.Key);
        output.WriteLine();
        var names = Width(report.Figures.Select(figure => figure.Title));
        foreach (var figure in report.Figures)
        {
            var values = string.Concat(figure.Values.Select(value => Text.Of(value).PadLeft(11)));
            var (median, min, max) = figure.Spread;
            var spread = figure.Values.Count > 1
                ? $"   {Text.Of(median)} [{Text.Of(min)}–{Text.Of(max)}]"
                : "";
            output.WriteLine($"  {figure.Title.PadRight(names)}{values}{spread}");
        }

        PrintGoals(report.Goals, output);
    }

    public static void PrintGoals(IReadOnlyList<Goal> goals, TextWriter output)
    {
        if (goals.Count == 0)
            return;

        output.WriteLine();
        var names = Width(goals.Select(goal => goal.Name));
        foreach (var goal in goals)
        {
            var (median, min, max) = goal.Spread;
            var bound = $"{(goal.IsAtLeast ? "≥" : "≤")} {Text.Of(goal.Bound)}";
            var floor = goal.Floor.Length > 0 ? $"   floor {goal.Floor}" : "";
            output.WriteLine(
                $"  {(goal.IsMet ? "met    " : "NOT MET")}  {goal.Name.PadRight(names)}  {bound,-9} "
                + $"{Text.Of(median)} [{Text.Of(min)}–{Text.Of(max)}]{floor}");
        }
    }

    private static int Width(IEnumerable<string> names) => names.Select(name => name.Length).DefaultIfEmpty().Max();
}
