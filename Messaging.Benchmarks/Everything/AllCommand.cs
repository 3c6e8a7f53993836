using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Processes;
using Messaging.Benchmarks.Reporting;
using Messaging.Benchmarks.Serving;

namespace Messaging.Benchmarks.Everything;

/// <summary>Runs all that the goals need, one command after another, each in a process of its own.</summary>
internal sealed class AllCommand : ICommand
{
    private static readonly Step[] Steps =
    [
        new("one", "chat", "--start", "--pin", "--pairs", "1", "--in-flight", "1"),
        new("pinned-16", "chat", "--start", "--pin", "--pairs", "16"),
        new("pinned-64", "chat", "--start", "--pin", "--pairs", "64"),
        new("unpinned-16", "chat", "--start", "--pairs", "16"),
        new("unpinned-64", "chat", "--start", "--pairs", "64"),
        new("devices-3", "chat", "--start", "--no-floors", "--devices", "3"),
        new("drain", "drain", "--pin"),
        new("idle", "idle"),
        new("storm", "storm"),
        new("peers", "peers", "--pin"),
        new("grow", "grow"),
        new("client", "client"),
    ];

    public string Name => "all";

    public string Summary => "everything that the goals need, in one go";

    public string Help => $"""
        all: runs these, and says at the end which goals are met:

          {string.Join("\n  ", Steps.Select(step => $"{step.Name,-12} {string.Join(' ', step.Words)}"))}

          --only NAMES       some of them, with commas between
          --repeat N         repetitions of each                                  (3)
          --dir DIRECTORY    on the disk that is to be measured                   (the temporary directory)
          --json FILE        writes all figures too; - for standard output

        A step that fails is said, and the others go on; exit code 1.
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var only = arguments.TakeText("--only")?.Split(',');
        var repeat = arguments.TakeNumber("--repeat", 3, 1, 1_000);
        var directory = arguments.TakeDirectory("--dir");
        var jsonFile = arguments.TakeText("--json");
        arguments.RefuseOthers();
        if (only?.FirstOrDefault(name => Steps.All(step => step.Name != name)) is { } unknown)
            throw new UsageException(
                $"there is no {unknown} among {string.Join(", ", Steps.Select(step => step.Name))}");

        var steps = Steps.Where(step => only?.Contains(step.Name) ?? true).ToArray();
        var (reports, failed) = (new List<Report>(), new List<string>());
        using var folder = new TemporaryFolder(directory);
        for (var i = 0; i < steps.Length; i++)
        {
            await Console.Error.WriteLineAsync($"{i + 1} of {steps.Length}: {string.Join(' ', steps[i].Words)}");
            try
            {
                reports.AddRange(await RunAsync(steps[i], repeat, directory, folder, cancellationToken));
            }
            catch (ServerFailedException)
            {
                failed.Add(steps[i].Name);
            }
        }

        await ReportWriter.WriteAsync(jsonFile, cancellationToken, [.. reports]);
        var output = jsonFile == "-" ? Console.Error : Console.Out;
        await output.WriteLineAsync("\nAll goals:");
        foreach (var report in reports.Where(report => report.Goals.Count > 0))
        {
            await output.WriteLineAsync($"\n{report.Key}");
            ReportWriter.PrintGoals(report.Goals, output);
        }

        foreach (var name in failed)
            await output.WriteLineAsync($"FAILED: {name}");
        return failed.Count == 0 ? ExitCode.Success : ExitCode.Failed;
    }

    private static async Task<IReadOnlyList<Report>> RunAsync(
        Step step, int repeat, string directory, TemporaryFolder folder, CancellationToken cancellationToken)
    {
        var file = folder.File($"{step.Name}.json");
        string[] words = [.. step.Words, "--repeat", $"{repeat}", "--dir", directory, "--json", file];

        // What it prints is printed again from its figures, at the end.
        await ChildProcess.ReadOutputAsync(OwnProgram.Command(words), cancellationToken);
        return (await ReportFile.ReadAsync(file, cancellationToken)).Reports;
    }

    private sealed record Step(string Name, params string[] Words);
}
