using System.Globalization;
using CsCheck;
using Messaging.Tests.Protocol;
using NUnit.Framework;

namespace Messaging.Tests.Properties;

/// <summary>
/// Random runs of three users with two devices each, taken by the naive ledger and the SQLite ledger side by side. A
/// failure prints the seed, to be given in <c>CsCheck_Seed</c>, and the run; <c>MESSAGING_RUNS</c> says how many.
/// </summary>
[TestFixture]
public sealed class LedgerRulesTests
{
    private const int DefaultRuns = 200;

    private static readonly Gen<OperationKind> Kind = Gen.Frequency(
        (6, Gen.Const(OperationKind.Send)),
        (2, Gen.Const(OperationKind.SendAs)),
        (1, Gen.Const(OperationKind.Burst)),
        (2, Gen.Const(OperationKind.Repeat)),
        (1, Gen.Const(OperationKind.Conflict)),
        (1, Gen.Const(OperationKind.Late)),
        (2, Gen.Const(OperationKind.Open)),
        (6, Gen.Const(OperationKind.Acknowledge)),
        (4, Gen.Const(OperationKind.Read)),
        (2, Gen.Const(OperationKind.Play)),
        (1, Gen.Const(OperationKind.Report)),
        (1, Gen.Const(OperationKind.Block)),
        (2, Gen.Const(OperationKind.Unblock)),
        (1, Gen.Const(OperationKind.Label)),
        (1, Gen.Const(OperationKind.Revoke)),
        (1, Gen.Const(OperationKind.Reopen)));

    private static readonly Gen<LedgerOperation> Operation =
        from kind in Kind
        from device in Gen.Int[0, 5]
        from one in Gen.Int[0, 999]
        from two in Gen.Int[0, 999]
        from three in Gen.Int[0, 999]
        select new LedgerOperation(kind, device, one, two, three);

    [Test]
    [Protocol("1.5", "1.9", "1.11", "4.33", "4.54", "4.56", "5.18", "5.19", "5.20", "6.14")]
    public async Task The_ledger_answers_and_keeps_what_the_protocol_says()
    {
        var runs = Environment.GetEnvironmentVariable("MESSAGING_RUNS") is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : DefaultRuns;
        await Operation.Array[1, 60].SampleAsync(
            TakeAllAsync, iter: runs, threads: 2, writeLine: TestContext.Out.WriteLine,
            print: steps => string.Join('\n', steps.Select(step => step.ToString())));

        static async Task TakeAllAsync(LedgerOperation[] steps)
        {
            await using var run = new LedgerRun();
            await run.BeginAsync();
            foreach (var step in steps)
                await run.TakeAsync(step);
            await run.EndAsync();
        }
    }

    /// <summary>A second goes by with every step, and the real ledger keeps messages for twelve.</summary>
    [Test]
    [Protocol("4.38")]
    public async Task Retention_takes_what_is_old_and_changes_no_answer()
    {
        const int runs = 60;
        var removed = 0L;
        await Operation.Array[20, 60].SampleAsync(
            TakeAllAsync, iter: runs, threads: 2, writeLine: TestContext.Out.WriteLine,
            print: steps => string.Join('\n', steps.Select(step => step.ToString())));
        Assert.That(removed, Is.GreaterThan(runs), "something was old");

        async Task TakeAllAsync(LedgerOperation[] steps)
        {
            await using var run = new LedgerRun(keepsFor: TimeSpan.FromSeconds(12));
            await run.BeginAsync();
            foreach (var step in steps)
                await run.TakeAsync(step);
            await run.EndAsync();
            Interlocked.Add(ref removed, run.Removed);
        }
    }
}
