using System.Diagnostics.Metrics;
using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using NUnit.Framework;

namespace Messaging.Tests.Operations;

[NonParallelizable]
public sealed class MeterCostTests
{
    [TestCase(true)]
    [TestCase(false)]
    public void Counting_a_batch_allocates_nothing(bool isHeard)
    {
        using var meter = new Meter("cost");
        using var ledger = new LedgerMeter(meter, "none", new LedgerCondition(), () => 0);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (isHeard && ReferenceEquals(instrument.Meter, meter))
                    self.EnableMeasurementEvents(instrument);
            },
        };
        var heard = 0L;
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => heard += value);
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => heard++);
        listener.SetMeasurementEventCallback<int>((_, _, _, _) => heard++);
        listener.Start();

        var state = new Service.Ledger.Sqlite.State.LedgerState(
            new Service.Ledger.Sqlite.State.ActiveStates(table: null!, maxStates: 1));
        List<Submission> batch = [.. Enumerable.Range(0, 64).Select(_ => new SendMessage(null!, "id", "bob", default, default))];
        foreach (var submission in batch)
            submission.Settlement = Settlement.Recorded;

        void Run()
        {
            ledger.Count(batch, isOnDisk: true);
            ledger.Committed(TimeSpan.FromMilliseconds(1));
            ledger.Folded(TimeSpan.FromMilliseconds(1));
            ledger.Copied(TimeSpan.FromMilliseconds(1), isBulk: true);
            ledger.BatchEnded(TimeSpan.FromMilliseconds(1), state);
        }

        Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            Run();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(heard, isHeard ? Is.EqualTo(1001L * (64 + 5)) : Is.Zero);
    }
}
