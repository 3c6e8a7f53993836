using System.Diagnostics;
using System.Globalization;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>
/// Histories drawn from seeds, each the same whenever it is run; in processes of their own, whose thread pool is one
/// thread. A seed that fails is told in full by <c>dotnet Messaging.Tests.dll histories SEED 1 --story</c>.
/// </summary>
[TestFixture]
public sealed class HistoriesTests
{
    private const int InTests = 500;

    /// <summary>A lost process shows in this time; a share of it takes a minute on a quiet machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(9);

    [Test]
    [Protocol("1.13", "1.14", "1.15", "1.16", "2.47", "4.33", "4.43", "4.45", "5.13", "6.14")]
    public Task Nothing_is_lost_doubled_or_reordered_whatever_happens_in_whatever_order() => RunAsync(1, InTests, Patience);

    [Test]
    public async Task A_seed_is_the_same_history_again()
    {
        var once = await RunProcessAsync(1, 5, "--hash", Patience);
        var again = await RunProcessAsync(1, 5, "--hash", Patience);
        Assert.That(Hashes(once.Output), Has.Count.EqualTo(5));
        Assert.That(Hashes(again.Output), Is.EqualTo(Hashes(once.Output)));
    }

    /// <summary><c>MESSAGING_HISTORIES</c> says how many, <c>MESSAGING_SEED</c> which is the first.</summary>
    [Test]
    [Explicit("takes as long as it is told to")]
    [Category("Long")]
    public Task Nothing_is_lost_doubled_or_reordered_in_very_many_histories() => RunAsync(
        Number("MESSAGING_SEED", InTests + 1), Number("MESSAGING_HISTORIES", 20_000), TimeSpan.FromHours(6));

    private static async Task RunAsync(int first, int count, TimeSpan patience)
    {
        // Short enough runs to show progress, one a core.
        const int Share = 250;
        var firsts = Enumerable.Range(0, (count + Share - 1) / Share).Select(share => first + (share * Share));
        var failed = new List<string>();
        await Parallel.ForEachAsync(
            firsts, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (from, _) =>
            {
                var seeds = Math.Min(Share, first + count - from);
                var (code, output) = await RunProcessAsync(from, seeds, "", patience);
                await TestContext.Progress.WriteLineAsync(
                    $"from seed {from.ToString(CultureInfo.InvariantCulture)}: {output.TrimEnd().Split('\n').LastOrDefault()}");
                lock (failed)
                {
                    TestContext.Out.WriteLine(output.TrimEnd().Split('\n').LastOrDefault());
                    if (code != 0)
                        failed.Add(output);
                }
            });
        Assert.That(failed, Is.Empty, string.Join('\n', failed));
    }

    private static async Task<(int Code, string Output)> RunProcessAsync(int first, int count, string option, TimeSpan patience)
    {
        string[] words =
        [
            typeof(HistoriesTests).Assembly.Location, "histories",
            first.ToString(CultureInfo.InvariantCulture), count.ToString(CultureInfo.InvariantCulture), option,
        ];
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", words.Where(word => word.Length > 0))
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        process.Start();
        var output = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().InTime($"the histories from seed {first} on end", patience);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }

        return (process.ExitCode, string.Concat(await output));
    }

    private static List<string> Hashes(string output) =>
        [.. output.Split('\n').Where(line => line.StartsWith("seed ", StringComparison.Ordinal))];

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : otherwise;
}
