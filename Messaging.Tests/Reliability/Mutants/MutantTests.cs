using System.Diagnostics;
using System.Text.RegularExpressions;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Mutants;

/// <summary>
/// The proof proves something: bugs planted one at a time in a copy of the source are each found by the tests named,
/// and without a bug the same tests pass.
/// </summary>
[TestFixture]
public sealed partial class MutantTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    private TemporaryFolder folder = null!;

    private static IReadOnlyList<Mutant> All => Mutants.All;

    [OneTimeSetUp]
    public void Begin() => folder = TemporaryFolder.Create();

    [OneTimeTearDown]
    public void End() => folder.Dispose();

    [TestCaseSource(nameof(All))]
    public void Each_can_be_planted(Mutant mutant)
    {
        ArgumentNullException.ThrowIfNull(mutant);
        foreach (var edit in mutant.Edits)
        {
            var source = File.ReadAllText(Path.Combine(SourceFolder.Path, edit.File));
            Assert.That(source.Split(edit.Find), Has.Length.EqualTo(2), $"{edit.File} holds once:\n{edit.Find}");
        }
    }

    /// <summary><c>MESSAGING_MUTANTS</c> is a pattern for the names of those to plant.</summary>
    [Test]
    [Explicit("takes about half a minute each")]
    [Category("Long")]
    public async Task Each_is_found()
    {
        var pattern = Environment.GetEnvironmentVariable("MESSAGING_MUTANTS") ?? "";
        CopySource(SourceFolder.Path, folder.Path);
        var missed = new List<string>();
        foreach (var mutant in All.Where(mutant => Regex.IsMatch(mutant.Name, pattern)))
        {
            var took = Stopwatch.StartNew();
            var found = await FindsAsync(mutant);
            var line = $"{mutant.Name,-36} {mutant.Test,-24} {took.Elapsed.TotalSeconds,4:F0} s  {found ?? "NOT FOUND"}";
            await TestContext.Progress.WriteLineAsync(line);
            TestContext.Out.WriteLine(line);
            if (found is null)
                missed.Add(mutant.Name);
        }

        Assert.That(missed, Is.Empty);
    }

    /// <returns>The invariants that the failing tests name; null where no test failed.</returns>
    private async Task<string?> FindsAsync(Mutant mutant)
    {
        var clean = mutant.Edits.Select(edit => edit.File).Distinct()
            .ToDictionary(file => file, file => File.ReadAllText(folder.File(file)));
        try
        {
            foreach (var edit in mutant.Edits)
            {
                var file = folder.File(edit.File);
                await File.WriteAllTextAsync(file, File.ReadAllText(file).Replace(edit.Find, edit.Replace, StringComparison.Ordinal));
            }

            // A planted bug may be one that a warning tells of.
            var (built, output) = await RunAsync("build", "Messaging.Tests", "-p:TreatWarningsAsErrors=false", "-p:RunAnalyzers=false", "-nologo", "-v:q");
            if (built != 0)
                throw new InvalidOperationException($"{mutant.Name} does not compile:\n{output}");
            var filter = string.Join('|', mutant.Test.Split('|').Select(name => $"FullyQualifiedName~{name}"));
            var (code, said) = await RunAsync("test", "Messaging.Tests", "--no-build", "--nologo", "--filter", filter);
            return code == 0 ? null : Describe(said);
        }
        finally
        {
            foreach (var (file, source) in clean)
                await File.WriteAllTextAsync(folder.File(file), source);
        }
    }

    private static string Describe(string said)
    {
        var broken = BrokenInvariant().Matches(said).Select(match => match.Groups[1].Value).Distinct().ToList();
        return broken.Count > 0
            ? string.Join(' ', broken)
            : said.Split('\n').FirstOrDefault(line => line.Contains("Exception", StringComparison.Ordinal))?.Trim() ?? "failed";
    }

    private async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", arguments)
            {
                WorkingDirectory = folder.Path,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        process.Start();
        var output = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().InTime(string.Join(' ', arguments), Patience);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            return (1, "Exception: it never ended");
        }

        return (process.ExitCode, string.Concat(await output));
    }

    private static void CopySource(string from, string to)
    {
        foreach (var folder in Directory.EnumerateDirectories(from))
        {
            if (Path.GetFileName(folder) is "bin" or "obj" or ".git")
                continue;
            CopySource(folder, Directory.CreateDirectory(Path.Combine(to, Path.GetFileName(folder))).FullName);
        }

        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    [GeneratedRegex(@"\b([a-z-]+)=[1-9]\d*\b")]
    private static partial Regex BrokenInvariant();
}
