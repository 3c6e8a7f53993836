using System.Globalization;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Disk;

/// <summary>The power is cut at every moment of a load, and what was answered is there.</summary>
[TestFixture]
public sealed class PowerCutTests
{
    [Test]
    [Protocol("1.13", "1.14")]
    public Task What_was_answered_survives_a_power_cut() => RunAsync(messages: 40, points: 120);

    /// <summary><c>MESSAGING_POWER_CUTS</c> says at how many points; each is cut in three ways.</summary>
    [Test]
    [Explicit("takes minutes")]
    [Category("Long")]
    public Task What_was_answered_survives_a_power_cut_at_any_moment()
    {
        var points = int.Parse(
            Environment.GetEnvironmentVariable("MESSAGING_POWER_CUTS") ?? "10000", CultureInfo.InvariantCulture);
        return RunAsync(messages: Math.Clamp(points / 50, 40, 400), points);
    }

    private static async Task RunAsync(int messages, int points)
    {
        var random = Seed.Random();
        using var run = await PowerCutRun.RecordAsync(messages, random);
        var report = await run.CutAsync(points, random.Next());
        TestContext.Out.WriteLine($"{run.Records.Count} changes to the disk; {report}");
        Assert.That(report.Violations.Count, Is.Zero, report.ToString());

        var records = run.Records;
        Assert.That(
            records.Count(record => record is { Entry: DiskEntry.Synced, File: DiskFile.Database }), Is.GreaterThan(2),
            "the log was copied into the database, again and again");
        Assert.That(
            records.Count(record => record is { Entry: DiskEntry.Written, File: DiskFile.Wal, Offset: 0 }), Is.GreaterThan(2),
            "and began anew");
    }
}
