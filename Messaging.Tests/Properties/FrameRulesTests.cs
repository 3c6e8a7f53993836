using System.Globalization;
using CsCheck;
using NUnit.Framework;

namespace Messaging.Tests.Properties;

/// <summary>
/// Random frames of three users with two devices each, taken by the naive service and the real one side by side. A
/// failure prints the seed, to be given in <c>CsCheck_Seed</c>, and the run; <c>MESSAGING_FRAME_RUNS</c> says how many.
/// </summary>
[TestFixture]
public sealed class FrameRulesTests
{
    private const int DefaultRuns = 12;

    private static readonly Gen<FrameStepKind> Kind = Gen.Frequency(
        (60, Gen.Const(FrameStepKind.Message)),
        (10, Gen.Const(FrameStepKind.Again)),
        (110, Gen.Const(FrameStepKind.Signal)),
        (2, Gen.Const(FrameStepKind.Empty)),
        (8, Gen.Const(FrameStepKind.Connect)),
        (4, Gen.Const(FrameStepKind.Drop)),
        (3, Gen.Const(FrameStepKind.HalfClose)),
        (1, Gen.Const(FrameStepKind.Restart)));

    private static readonly Gen<FrameStep> Step =
        from kind in Kind
        from device in Gen.Int[0, 5]
        from seed in Gen.Int[0, int.MaxValue]
        select new FrameStep(kind, device, seed);

    [Test]
    public async Task The_service_answers_and_delivers_what_the_protocol_says()
    {
        var runs = Environment.GetEnvironmentVariable("MESSAGING_FRAME_RUNS") is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : DefaultRuns;
        await Step.Array[1, 300].SampleAsync(
            TakeAllAsync, iter: runs, threads: 2, writeLine: TestContext.Out.WriteLine,
            print: steps => string.Join('\n', steps.Select(step => step.ToString())));

        static async Task TakeAllAsync(FrameStep[] steps)
        {
            await using var run = new FrameRun();
            await run.BeginAsync();
            foreach (var step in steps)
                await run.TakeAsync(step);
            await run.EndAsync();
        }
    }
}
