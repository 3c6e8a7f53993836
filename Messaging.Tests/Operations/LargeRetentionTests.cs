using System.Diagnostics;
using System.Globalization;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Ledger.Sqlite.Verifying;
using Messaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Messaging.Tests.Operations;

/// <summary>What retention does to a ledger that is large, and to those who work with it meanwhile.</summary>
[TestFixture]
[Explicit("takes minutes, and some gigabytes of the temporary folder")]
[Category("Long")]
public sealed class LargeRetentionTests
{
    private const int BodyBytes = 300;

    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// <c>MESSAGING_LEDGER_MESSAGES</c> says how many messages; nine in ten of them go. Where <c>MESSAGING_LEDGER_FILE</c> names a
    /// file, one run fills it and ends, and the next goes on with it: together they may take longer than one is given.
    /// </summary>
    [Test]
    public async Task The_file_shrinks_and_most_answers_are_not_delayed()
    {
        var messages = int.Parse(
            Environment.GetEnvironmentVariable("MESSAGING_LEDGER_MESSAGES") ?? "1000000", CultureInfo.InvariantCulture);
        using var folder = TemporaryFolder.Create();
        var given = Environment.GetEnvironmentVariable("MESSAGING_LEDGER_FILE");
        var path = given ?? folder.File("ledger.db");
        var watch = Stopwatch.StartNew();
        if (!File.Exists(path))
        {
            await LargeLedgerTests.FillAsync(path, messages, BodyBytes, new RetentionOptions { Bytes = long.MaxValue });
            Say($"{messages:N0} messages in {watch.Elapsed.TotalSeconds:F0} s");
            if (given is not null)
                return;
        }

        var before = new FileInfo(path).Length;

        // Without, with, and without again, each on a ledger that has just been opened.
        List<double> without = [], with = [];
        without.AddRange(await ProbeAsync(path, new RetentionOptions(), () => false));
        var kept = (long)messages * BodyBytes / 10;
        watch.Restart();
        var longest = 0L;
        with.AddRange(await ProbeAsync(path, new RetentionOptions { Bytes = kept }, () =>
        {
            longest = Math.Max(longest, new FileInfo(path + "-wal").Length);
            return LedgerEdit.Ask(path, "SELECT count(*) FROM retention WHERE removed > 0 AND body_bytes <= " + kept) == 1
                && LedgerEdit.Ask(path, "PRAGMA freelist_count") * 19 < LedgerEdit.Ask(path, "PRAGMA page_count");
        }));
        Say($"retention: {watch.Elapsed.TotalSeconds:F0} s, the log at most {longest >> 20:N0} MiB");
        without.AddRange(await ProbeAsync(path, new RetentionOptions(), () => false));

        var after = new FileInfo(path).Length;
        var (p50, p99) = (At(with, 0.50) / At(without, 0.50), At(with, 0.99) / At(without, 0.99));
        Say($"the file: {before >> 20:N0} MiB, then {after >> 20:N0} MiB");
        Say($"answers without: {Describe(without)}; with: {Describe(with)}; ratio of p50 {p50:F2}, of p99 {p99:F2}");
        var report = Verification.Run(path, isHeadCompared: true);
        Assert.That(report.Findings, Is.Empty);
        Assert.That(after, Is.LessThan(before * 0.6));

        // Most batches are without a step; those that have one wait for it, and for the pages that it adds to their sync.
        Assert.That(p50, Is.LessThan(1.5));
        Assert.That(At(with, 0.99), Is.LessThan(50.0), "milliseconds");
        LedgerEdit.Run(path, "VACUUM");
        Say($"a VACUUM of it: {new FileInfo(path).Length >> 20:N0} MiB");
    }

    /// <summary>One device that sends a message after the other, and how long each answer took, in milliseconds.</summary>
    private static async Task<List<double>> ProbeAsync(string path, RetentionOptions retention, Func<bool> isDone)
    {
        var took = new List<double>();
        await using var ledger = await SqliteLedger.OpenAsync(
            new LedgerOptions { Path = path, Retention = retention }, TimeProvider.System, NullLogger<SqliteLedger>.Instance);
        using var device = await LedgerDevice.OpenAsync(ledger, "prober/phone");
        var body = new byte[BodyBytes];
        var watch = Stopwatch.StartNew();
        var looked = TimeSpan.Zero;
        while (watch.Elapsed < (retention.Bytes > 0 ? Patience : Alone))
        {
            var began = Stopwatch.GetTimestamp();
            await device.SettledAsync(device.Message("user-1", Guid.CreateVersion7().ToString(), body));
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            await Task.Delay(Pause, TimeProvider.System);
            if (watch.Elapsed - looked < TimeSpan.FromSeconds(1))
                continue;
            looked = watch.Elapsed;
            if (isDone())
                return took;
        }

        Assert.That(retention.Bytes, Is.Zero, "retention has not come to its end");
        return took;
    }

    private static double At(List<double> all, double share) => all.Order().ElementAt((int)(all.Count * share));

    private static string Describe(List<double> all) =>
        $"{all.Count:N0}, p50 {At(all, 0.50):F2} ms, p99 {At(all, 0.99):F2} ms, most {all.Max():F1} ms";

    private static void Say(string line)
    {
        TestContext.Progress.WriteLine(line);
        TestContext.Out.WriteLine(line);
    }
}
