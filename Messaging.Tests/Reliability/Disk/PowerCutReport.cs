using System.Globalization;
using Messaging.Tests.Reliability.Judging;

namespace Messaging.Tests.Reliability.Disk;

/// <summary>What the cuts of a run have shown. Safe for concurrent use.</summary>
internal sealed class PowerCutReport
{
    private const int Shown = 20;

    private readonly Lock gate = new();
    private readonly List<(long Operation, PowerCut Model, Violation Violation)> violations = [];

    public int Points { get; set; }

    public int Images { get; private set; }

    public TimeSpan Elapsed { get; set; }

    public IReadOnlyList<Violation> Violations
    {
        get
        {
            lock (gate)
                return [.. violations.Select(found => found.Violation)];
        }
    }

    public void Add(PowerCuts.Image image, List<Violation> found)
    {
        lock (gate)
        {
            Images++;
            violations.AddRange(found.Select(violation => (image.Operation, image.Model, violation)));
        }
    }

    public override string ToString()
    {
        lock (gate)
        {
            var lines = violations.Take(Shown).Select(found => string.Create(
                CultureInfo.InvariantCulture,
                $"\nat {found.Operation}, {found.Model}: {found.Violation.Invariant.Name()}: {found.Violation.Text}"));
            var counts = violations.GroupBy(found => found.Violation.Invariant).Select(
                found => string.Create(CultureInfo.InvariantCulture, $" {found.Key.Name()}={found.Count()}"));
            var broken = violations.Select(found => (found.Operation, found.Model)).Distinct().Count();
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{Points} points, {Images} images in {Elapsed.TotalSeconds:F1} s, {broken} of them broken"
                + $"{string.Concat(counts)}{string.Concat(lines)}");
        }
    }
}
