using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Disk;

/// <summary>The service is killed at the very calls at which a state is half written.</summary>
[TestFixture]
public sealed class KillPointTests
{
    private static readonly DiskFile[] Database = [DiskFile.Database];
    private static readonly DiskFile[] Wal = [DiskFile.Wal];

    /// <summary>The name of a point, where it is, and whether it lies in the start rather than in the work.</summary>
    private static readonly (string Name, DiskFault Fault, bool IsInStart)[] Points =
    [
        ("the first names are on the disk", Kill(DiskCall.Sync, DiskFault.Any, 1, isBefore: false), true),
        ("the first journal is removed", Kill(DiskCall.Unlink, [DiskFile.Journal], 1, isBefore: true), true),
        ("the schema is written and not synced", Kill(DiskCall.Sync, Wal, 2, isBefore: true), true),
        ("a batch is not written yet", Kill(DiskCall.Write, Wal, 1, isBefore: true), false),
        ("a batch is written in part", Kill(DiskCall.Write, Wal, 6, isBefore: false), false),
        ("a batch is written and not synced", Kill(DiskCall.Sync, Wal, 3, isBefore: true), false),
        ("a batch is synced and nobody knows", Kill(DiskCall.Sync, Wal, 5, isBefore: false), false),
        ("the log is copied in part", Kill(DiskCall.Write, Database, 7, isBefore: false), false),
        ("the log is copied and not synced", Kill(DiskCall.Sync, Database, 1, isBefore: true), false),
        ("the log is copied", Kill(DiskCall.Sync, Database, 1, isBefore: false), false),
        ("the log begins anew", Kill(DiskCall.Sync, Database, 2, isBefore: false), false),
        ("the database is cut to its size", Kill(DiskCall.Truncate, Database, 1, isBefore: true), false),
    ];

    [Test]
    [Protocol("1.13", "1.14", "1.15", "1.16", "4.33")]
    public async Task What_was_answered_outlives_a_kill_at_any_half_written_state()
    {
        var random = Seed.Random();
        await using var service = FaultyService.Create(random, isRecorded: true);
        foreach (var (name, fault, isInStart) in Points)
        {
            if (!isInStart)
                await service.StartAsync();
            Assert.That(
                await service.TryAsync(fault, messages: isInStart ? 1 : 6), Is.EqualTo(FaultOutcome.Killed),
                $"{name}:\n{service.Output}");
        }

        await service.JudgeAsync();

        // And of what was read after a kill from the system's memory, a power cut takes nothing that was answered.
        var cuts = new PowerCuts(service.Load.Told, DiskRecord.ReadLog(service.Disk.LogPath));
        var report = await cuts.CutAsync(points: 30, random.Next());
        TestContext.Out.WriteLine($"{cuts.Records.Count} changes to the disk; {report}");
        Assert.That(report.Violations.Count, Is.Zero, report.ToString());
    }

    private static DiskFault Kill(DiskCall call, DiskFile[] files, long first, bool isBefore) =>
        new(call, files, first, Action: isBefore ? DiskAction.KillBefore : DiskAction.KillAfter);
}
