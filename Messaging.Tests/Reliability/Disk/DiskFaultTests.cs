using System.Globalization;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Disk;

/// <summary>A disk that fails: the service goes on or ends loudly, and nothing that it accepted is lost.</summary>
[TestFixture]
[Parallelizable(ParallelScope.Children)]
public sealed class DiskFaultTests
{
    private static readonly DiskFile[] Database = [DiskFile.Database];
    private static readonly DiskFile[] Wal = [DiskFile.Wal];

    private static IEnumerable<object[]> Faults() =>
        from call in Enum.GetValues<DiskCall>()
        from file in new[] { DiskFile.Database, DiskFile.Wal, DiskFile.Journal }
        from action in new[] { DiskAction.Fail, DiskAction.Half }
        where action == DiskAction.Fail || call == DiskCall.Write
        from error in Enum.GetValues<DiskError>()
        select new object[] { call, file, action, error };

    [Test]
    [Protocol("1.13", "1.14", "1.15", "1.16")]
    public async Task Writes_that_fail_lose_nothing()
    {
        await using var service = FaultyService.Create(Seed.Random());
        await service.StartAsync();
        foreach (var first in (long[])[1, 2, 9])
        {
            var outcome = await service.TryAsync(new DiskFault(DiskCall.Write, Wal, first));
            Assert.That(outcome, Is.EqualTo(FaultOutcome.Ended), service.Output);
        }

        foreach (var first in (long[])[1, 20])
        {
            var outcome = await service.TryAsync(new DiskFault(DiskCall.Write, Database, first));
            Assert.That(outcome, Is.Not.EqualTo(FaultOutcome.Missed), service.Output);
        }

        await service.JudgeAsync();
    }

    [Test]
    [Protocol("1.13", "1.14", "4.27", "4.43", "4.44")]
    public async Task A_disk_that_is_full_for_a_moment_refuses_and_goes_on()
    {
        await using var service = FaultyService.Create(Seed.Random());
        await service.StartAsync();
        foreach (var first in (long[])[1, 2, 3, 8, 33])
        {
            foreach (var action in (DiskAction[])[DiskAction.Fail, DiskAction.Half])
            {
                var outcome = await service.TryAsync(
                    new DiskFault(DiskCall.Write, Wal, first, Times: 3, action, DiskError.NoSpace));
                Assert.That(outcome, Is.EqualTo(FaultOutcome.WentOn), service.Output);
            }
        }

        await service.JudgeAsync();
        Assert.That(
            service.Load.Devices.SelectMany(device => device.Refusals), Has.Some.Contains("unavailable"), "clients were told");
    }

    [Test]
    [Protocol("1.13")]
    public async Task A_sync_that_fails_ends_the_service_and_is_not_tried_again()
    {
        await using var service = FaultyService.Create(Seed.Random());
        await service.StartAsync();
        foreach (var (files, first, error) in ((DiskFile[], long, DiskError)[])
            [
                (Wal, 1, DiskError.Io), (Wal, 7, DiskError.NoSpace), (Database, 1, DiskError.Io), (Database, 2, DiskError.NoSpace),
            ])
        {
            var fault = new DiskFault(DiskCall.Sync, files, first, Error: error);
            var outcome = await service.TryAsync(fault, messages: 100);
            Assert.That(outcome, Is.EqualTo(FaultOutcome.Ended), $"{fault}:\n{service.Output}");
        }

        await service.JudgeAsync();
    }

    /// <summary><c>MESSAGING_IO_FAULTS</c> says how many of each kind at most; the later ones lie farther apart.</summary>
    [TestCaseSource(nameof(Faults))]
    [Explicit("takes minutes")]
    [Category("Long")]
    public async Task Calls_that_fail_lose_nothing_whichever_it_is(
        DiskCall call, DiskFile file, DiskAction action, DiskError error)
    {
        var most = int.Parse(Environment.GetEnvironmentVariable("MESSAGING_IO_FAULTS") ?? "100", CultureInfo.InvariantCulture);
        var outcomes = new Dictionary<FaultOutcome, int>();
        await using var service = FaultyService.Create(Seed.Random());
        for (var (tried, first) = (0, 1L); tried < most; tried++, first += 1 + (first / 16))
        {
            var fault = new DiskFault(call, [file], first, action == DiskAction.Half ? 2 : 1, action, error);
            var outcome = await service.TryLifeAsync(fault);
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
            if (outcome == FaultOutcome.Missed)
                break;
        }

        await service.JudgeAsync();
        await TestContext.Progress.WriteLineAsync(
            $"{call} {file} {action} {error}: {string.Join(", ", outcomes.Select(outcome => $"{outcome.Value} {outcome.Key}"))}");
    }
}
