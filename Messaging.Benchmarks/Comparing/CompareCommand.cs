using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Reporting;

namespace Messaging.Benchmarks.Comparing;

/// <summary>Two files of figures beside each other.</summary>
internal sealed class CompareCommand : ICommand
{
    /// <summary>Floors that moved by more than this say that it is the machine that changed.</summary>
    private const double FloorTolerance = 1.2;

    public string Name => "compare";

    public string Summary => "what changed between two runs, as ratios";

    public bool IsMeasurement => false;

    public string Help => """
        compare OLD.json NEW.json: each figure that both have, new over old.

        The ratio of the medians, and in brackets the least and the most that the repetitions allow. "Too wide":
        the repetitions overlap and lie far apart, so the ratio means nothing. Floors do not depend on the service:
        where they have moved by more than 20 %, the machine has changed, and only the goals, which are ratios
        within a run, can be compared.

        Reports are matched by command and settings. Exit code 1 where nothing matches.
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var before = await ReportFile.ReadAsync(arguments.TakeOperand("the old file"), cancellationToken);
        var after = await ReportFile.ReadAsync(arguments.TakeOperand("the new file"), cancellationToken);
        arguments.RefuseOthers();

        var output = Console.Out;
        if (before.Machine with { Load = 0 } != after.Machine with { Load = 0 })
            await output.WriteLineAsync($"The machines differ: {before.Machine} and {after.Machine}.");
        if (!before.Machine.IsQuiet || !after.Machine.IsQuiet)
            await output.WriteLineAsync("One of the runs was not on a quiet machine.");

        var matches = before.Reports.Join(after.Reports, r => r.Key, r => r.Key, (old, now) => (old, now)).ToArray();
        foreach (var (old, now) in matches)
            Compare(old, now, output);
        if (matches.Length > 0)
            return ExitCode.Success;

        await Console.Error.WriteLineAsync("The files have no command with the same settings in common.");
        return ExitCode.Failed;
    }

    private static void Compare(Report old, Report now, TextWriter output)
    {
        output.WriteLine($"\n{now.Key}\n");
        var figures = old.Figures.Join(now.Figures, f => f.Title, f => f.Title, (one, other) => (one, other)).ToArray();
        var width = figures.Select(pair => pair.other.Title.Length).DefaultIfEmpty().Max();
        foreach (var (one, other) in figures)
        {
            var ratio = Ratio.Of(one.Spread, other.Spread, other.Better);
            output.WriteLine($"  {other.Title.PadRight(width)}  {Line(one.Spread.Median, other.Spread.Median, ratio)}");
        }

        foreach (var (one, other) in figures.Where(pair => pair.other.IsFloor))
        {
            var moved = other.Spread.Median / one.Spread.Median;
            if (moved is > FloorTolerance or < 1 / FloorTolerance)
                output.WriteLine(
                    $"  The floor moved, {other.Title} × {Text.Of(moved)}: of the rest only goals compare.");
        }

        foreach (var (one, other) in old.Goals.Join(now.Goals, g => g.Name, g => g.Name, (one, other) => (one, other)))
        {
            var ratio = Ratio.Of(one.Spread, other.Spread, other.IsAtLeast ? Better.Higher : Better.Lower);
            var met = (one.IsMet, other.IsMet) switch
            {
                (true, true) => "still met",
                (false, true) => "now met",
                (true, false) => "NO LONGER MET",
                (false, false) => "still not met",
            };
            output.WriteLine($"  {met}: {other.Name}  {Line(one.Spread.Median, other.Spread.Median, ratio)}");
        }
    }

    private static string Line(double before, double after, Ratio ratio)
    {
        var verdict = ratio.Verdict switch
        {
            Verdict.Better => "better",
            Verdict.Worse => "WORSE",
            Verdict.Same => "same",
            Verdict.TooWide => "too wide",
            _ => "",
        };
        return $"{Text.Of(before),11} → {Text.Of(after),11}   × {Text.Of(ratio.Median)} "
            + $"[{Text.Of(ratio.Min)}–{Text.Of(ratio.Max)}] {verdict}";
    }
}
