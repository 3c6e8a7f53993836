using Messaging.Benchmarks.Measuring;
using Messaging.Benchmarks.Reporting;

namespace Messaging.Benchmarks.Comparing;

/// <summary>
/// A figure now over the same before: of the medians, and the least and most that the repetitions allow.
/// </summary>
internal sealed record Ratio(double Median, double Min, double Max, Verdict Verdict)
{
    /// <summary>Repetitions that differ by more than this from each other are no measurement.</summary>
    private const double WideSpread = 1.2;

    public static Ratio Of(Spread before, Spread after, Better better)
    {
        var (median, min, max) = (
            Divide(after.Median, before.Median), Divide(after.Min, before.Max), Divide(after.Max, before.Min));
        return new Ratio(median, min, max, Judge());

        Verdict Judge()
        {
            if (min <= 1 && max >= 1)
                return IsWide(before) || IsWide(after) ? Verdict.TooWide : Verdict.Same;
            if (better == Better.Neither)
                return Verdict.Moved;
            return median > 1 == (better == Better.Higher) ? Verdict.Better : Verdict.Worse;
        }
    }

    private static bool IsWide(Spread spread) => Divide(spread.Max, spread.Min) > WideSpread;

    // Nothing over nothing is no change.
    private static double Divide(double value, double by) => value == by ? 1 : value / by;
}
