using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Reporting;

namespace Messaging.Benchmarks.Charts;

/// <summary>Figures as a picture.</summary>
internal sealed class ChartCommand : ICommand
{
    public string Name => "chart";

    public string Summary => "draws figures that a command has written as JSON";

    public bool IsMeasurement => false;

    public string Help => """
        chart FILE.json OUT.svg: bars of the medians, with whiskers from minimum to maximum, or lines over time.

          --of throughput    round trips a second of every shape and everybody in the file   (the default)
          --of goals         each goal in parts of what is to be reached
          --of soak          memory and latency over time, and what was broken when

        The picture fits light and dark pages.
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var file = await ReportFile.ReadAsync(arguments.TakeOperand("the file of figures"), cancellationToken);
        var path = arguments.TakeOperand("the picture's file");
        var what = arguments.TakeText("--of") ?? "throughput";
        arguments.RefuseOthers();

        var picture = what switch
        {
            "throughput" => ThroughputChart.Draw(file),
            "goals" => GoalsChart.Draw(file),
            "soak" => SoakChart.Draw(file),
            _ => throw new UsageException($"--of is throughput, goals or soak, unlike '{what}'"),
        };
        await File.WriteAllTextAsync(path, picture, cancellationToken);
        return ExitCode.Success;
    }

    /// <summary>Where the figures come from.</summary>
    public static string SourceOf(ReportFile file) =>
        $"{file.Machine.Cpu}, {file.Machine.Cores} cores, {file.Machine.Runtime}, {file.Date:yyyy-MM-dd}"
        + (file.Machine.IsQuiet ? "" : ", not a quiet machine");
}
