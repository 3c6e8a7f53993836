using System.Globalization;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Disk;

/// <summary>The power is cut at every moment of a load, and what was answered is there.</summary>
[TestFixture]
public sealed class PowerCutTests
{
    /// <summary>How many messages each device sends in a recording: some 2,000 changes to the disk come of it.</summary>
    private const int Messages = 60;

    [Test]
    [Protocol("1.13", "1.14")]
    public async Task What_was_answered_survives_a_power_cut()
    {
        var random = Seed.Random();
        var cuts = await PowerCuts.RecordAsync(Messages, random);
        await RequireAsync(cuts, points: 160, random);

        var records = cuts.Records;
        Assert.That(
            records.Count(record => record is { Entry: DiskEntry.Synced, File: DiskFile.Database }), Is.GreaterThan(2),
            "the log was copied into the database, again and again");
        Assert.That(
            records.Count(record => record is { Entry: DiskEntry.Written, File: DiskFile.Wal, Offset: 0 }), Is.GreaterThan(2),
            "and began anew");
        Assert.That(cuts.Heads, Is.GreaterThan(5), "the head file followed");
    }

    /// <summary>Retention empties what was delivered long before; the rest is judged as without it.</summary>
    [Test]
    [Protocol("1.13", "1.14", "4.38")]
    public async Task A_power_cut_in_the_middle_of_a_step_of_retention_takes_nothing_else()
    {
        var random = Seed.Random();
        var cuts = await PowerCuts.RecordAsync(Messages, random, keptBytes: 300_000);
        await RequireAsync(cuts, points: 120, random);
        Assert.That(
            cuts.Records.Count(record => record is { Entry: DiskEntry.Truncated, File: DiskFile.Database }), Is.GreaterThan(0),
            "pages went back to the system");
    }

    /// <summary>
    /// <c>MESSAGING_POWER_CUTS</c> says at how many points, each of them cut in three ways: every one of a recording, and as
    /// many recordings as it takes.
    /// </summary>
    [Test]
    [Explicit("takes minutes")]
    [Category("Long")]
    public async Task What_was_answered_survives_a_power_cut_at_any_moment()
    {
        var random = Seed.Random();
        var points = int.Parse(
            Environment.GetEnvironmentVariable("MESSAGING_POWER_CUTS") ?? "10000", CultureInfo.InvariantCulture);
        for (var done = 0; done < points;)
        {
            var cuts = await PowerCuts.RecordAsync(Messages, random);
            done += await RequireAsync(cuts, points - done, random);
            await TestContext.Progress.WriteLineAsync($"{done} of {points} points");
        }
    }

    /// <summary>
    /// What a failed sync left in the system's memory is read at the next start as if it were on the disk, and no later
    /// sync brings it there by itself.
    /// </summary>
    [Test]
    [Protocol("1.13", "1.14")]
    public async Task What_is_answered_after_a_sync_has_failed_survives_a_power_cut(
        [Values(DiskFile.Database, DiskFile.Wal)] DiskFile file)
    {
        var random = Seed.Random();
        await using var service = FaultyService.Create(random, isRecorded: true);
        await service.StartAsync();
        // More than it takes: a busy machine commits more at a time, and copies less often.
        var outcome = await service.TryAsync(new DiskFault(DiskCall.Sync, [file], First: file == DiskFile.Wal ? 9 : 2), messages: 80);
        Assert.That(outcome, Is.EqualTo(FaultOutcome.Ended), service.Output);
        await service.JudgeAsync();
        await RequireAsync(new PowerCuts(service.Load.Told, DiskRecord.ReadLog(service.Disk.LogPath)), points: 60, random);
    }

    /// <returns>At how many points it was cut.</returns>
    private static async Task<int> RequireAsync(PowerCuts cuts, int points, Random random)
    {
        var report = await cuts.CutAsync(points, random.Next());
        TestContext.Out.WriteLine($"{cuts.Records.Count} changes to the disk; {report}");
        Assert.That(report.Violations.Count, Is.Zero, report.ToString());
        return report.Points;
    }
}
