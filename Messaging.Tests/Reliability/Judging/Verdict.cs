using System.Globalization;
using System.Text;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Judging;

/// <summary>One thing that must not have happened.</summary>
/// <param name="Invariant">What it breaks.</param>
/// <param name="Text">Who, where, what.</param>
internal sealed record Violation(Invariant Invariant, string Text);

/// <summary>How much a history held; a verdict over nothing proves nothing.</summary>
internal sealed record HistoryCounts
{
    public required int Devices { get; init; }

    public required int Streams { get; init; }

    public required int Faults { get; init; }

    /// <summary>Messages that went up, each counted once.</summary>
    public required int Sent { get; init; }

    /// <summary>Messages that were answered <c>true</c>.</summary>
    public required int Accepted { get; init; }

    /// <summary>Entries that came down, over all devices, repeats included.</summary>
    public required int Delivered { get; init; }

    /// <summary>Rows of the ledger that were read as a second opinion; 0 where it was not read.</summary>
    public int LedgerRows { get; init; }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Devices} devices, {Streams} streams, {Faults} faults, {Sent} messages sent, {Accepted} accepted, "
        + $"{Delivered} entries delivered, {LedgerRows} ledger rows read");
}

/// <summary>The judgement over one history.</summary>
internal sealed class Verdict(HistoryCounts counts, IReadOnlyList<Violation> violations)
{
    private const int TextsPerInvariant = 5;

    public HistoryCounts Counts { get; } = counts;

    public IReadOnlyList<Violation> Violations { get; } = violations;

    /// <summary>Too little happened to say anything.</summary>
    public bool IsUnknown => Counts.Accepted == 0 || Counts.Delivered == 0 || Counts.Streams == 0;

    public bool Has(Invariant invariant) => Violations.Any(violation => violation.Invariant == invariant);

    /// <summary>Prints the report, and fails the test where anything is broken or nothing is known.</summary>
    public void Require()
    {
        TestContext.Out.WriteLine(ToString());
        if (IsUnknown)
            Assert.Fail($"Unknown: too little happened to judge.\n{this}");
        if (Violations.Count > 0)
            Assert.Fail(ToString());
    }

    /// <summary>Every invariant by name, with how often it was broken and the first few times in words.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(Counts.ToString());
        text.AppendJoin(
            ' ',
            Enum.GetValues<Invariant>().Select(invariant =>
                string.Create(CultureInfo.InvariantCulture, $"{invariant.Name()}={Violations.Count(v => v.Invariant == invariant)}")));
        foreach (var broken in Violations.GroupBy(violation => violation.Invariant))
        {
            foreach (var violation in broken.Take(TextsPerInvariant))
                text.AppendLine().Append(CultureInfo.InvariantCulture, $"{broken.Key.Name()}: {violation.Text}");
        }

        return text.ToString();
    }
}
