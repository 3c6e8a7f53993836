using System.Diagnostics;
using System.Globalization;
using Messaging.Tests.Client.Support;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>
/// Seeded histories, in a process of their own: <c>dotnet Messaging.Tests.dll histories FIRST COUNT</c>. With
/// <c>--story</c>, each is told in full; with <c>--hash</c>, it is named by a number that is the same each time.
/// </summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args is ["application", .. var application])
        {
            await ChildApplication.RunAsync(application);
            return 0;
        }

        if (args is not ["histories", var first, var count, ..])
        {
            await Console.Error.WriteLineAsync("usage: histories FIRST COUNT [--story] [--hash]");
            return 2;
        }

        OneThread.Require();
        var seeds = Enumerable.Range(
            int.Parse(first, CultureInfo.InvariantCulture), int.Parse(count, CultureInfo.InvariantCulture));
        return await Task.Run(() => RunAsync(seeds, args.Contains("--story"), args.Contains("--hash")));
    }

    private static async Task<int> RunAsync(IEnumerable<int> seeds, bool tells, bool hashes)
    {
        var (empty, failed, total) = (await LedgerFiles.CreateEmpty(), 0, new Totals());
        foreach (var seed in seeds)
        {
            var outcome = await SeededHistory.RunAsync(seed, empty);
            total.Add(outcome);
            if (tells)
                Console.Write(outcome.Story.ToText());
            if (hashes)
                Console.WriteLine($"seed {seed}: {outcome.Story.Hash():x16}");
            if (!outcome.IsGood)
            {
                failed++;
                Console.WriteLine(outcome.Report());
            }
        }

        Console.WriteLine(total);
        return failed == 0 ? 0 : 1;
    }

    /// <summary>How much happened in all of them.</summary>
    private sealed class Totals
    {
        private readonly long started = Stopwatch.GetTimestamp();
        private int histories;
        private int failed;
        private long events;
        private long streams;
        private long faults;
        private long accepted;
        private long delivered;

        public void Add(Outcome outcome)
        {
            histories++;
            failed += outcome.IsGood ? 0 : 1;
            events += outcome.Story.Count;
            streams += outcome.Verdict.Counts.Streams;
            faults += outcome.Verdict.Counts.Faults;
            accepted += outcome.Verdict.Counts.Accepted;
            delivered += outcome.Verdict.Counts.Delivered;
        }

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{histories} histories, {failed} failed, in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s: {events} lines, "
            + $"{streams} streams, {faults} faults, {accepted} messages accepted, {delivered} entries delivered");
    }
}
