using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Processes;
using Messaging.Benchmarks.Reporting;

namespace Messaging.Benchmarks.Micro;

/// <summary>The inside of the service in parts, with BenchmarkDotNet.</summary>
internal sealed class MicroCommand : ICommand
{
    private static readonly Type[] Benchmarks =
        [typeof(JournalAppend), typeof(ProjectionFold), typeof(Frames), typeof(QueuePages)];

    /// <summary>Where those that write do so.</summary>
    public static string Directory { get; private set; } = Path.GetTempPath();

    public string Name => "micro";

    public string Summary => "parts of the service by themselves, with BenchmarkDotNet";

    public string Help => $"""
        micro: journal append, projection fold, frames, queue pages; in this process, built as Release.

          --only NAME        one of {string.Join(", ", Benchmarks.Select(type => type.Name))}
          --dir DIRECTORY    on which disk they write                             (the temporary directory)
          --json FILE        writes the figures too; - for standard output
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var only = arguments.TakeText("--only");
        Directory = arguments.TakeDirectory("--dir");
        var jsonFile = arguments.TakeText("--json");
        arguments.RefuseOthers();
        var types = Benchmarks.Where(type => only is null || type.Name == only).ToArray();
        if (types.Length == 0)
            throw new UsageException($"--only is one of {string.Join(", ", Benchmarks.Select(type => type.Name))}");

        using var folder = new TemporaryFolder(Directory, "micro");
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessNoEmitToolchain.Instance))
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(new TextLogger(Console.Error))
            .WithArtifactsPath(folder.Path);
        var summaries = BenchmarkRunner.Run(types, config);
        var figures = summaries.SelectMany(summary => summary.Reports).SelectMany(FiguresOf).ToArray();
        await ReportWriter.WriteAsync(
            jsonFile, cancellationToken, new Report(Name, new Dictionary<string, string>(), figures, []));
        return summaries.Any(summary => summary.HasCriticalValidationErrors) || figures.Length == 0
            ? ExitCode.Failed
            : ExitCode.Success;
    }

    private static IEnumerable<Figure> FiguresOf(BenchmarkReport report)
    {
        if (!report.Success)
            yield break;

        var benchmark = report.BenchmarkCase;
        var parameters = benchmark.HasParameters ? $" {benchmark.Parameters.DisplayInfo}" : "";
        var name = $"{benchmark.Descriptor.Type.Name}.{benchmark.Descriptor.WorkloadMethod.Name}{parameters}";
        yield return new Figure(
            name, "µs", Better.Lower,
            [.. report.GetResultRuns().Select(run => run.Nanoseconds / run.Operations / 1000)]);
        if (report.GcStats.GetBytesAllocatedPerOperation(benchmark) is { } bytes)
            yield return new Figure(name, "bytes allocated", Better.Lower, [bytes]);
    }
}
