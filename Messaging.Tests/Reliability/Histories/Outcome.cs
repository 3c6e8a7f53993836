using System.Text;
using Messaging.Tests.Reliability.Judging;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>How one seed's history came out.</summary>
/// <param name="Seed">Which.</param>
/// <param name="Verdict">On what went over the wire, and what the ledger holds.</param>
/// <param name="Complaints">What no frame shows: errors logged, exceptions, timers and streams left over.</param>
/// <param name="Story">All of it.</param>
internal sealed record Outcome(int Seed, Verdict Verdict, IReadOnlyList<string> Complaints, Story Story)
{
    /// <summary>Lines of the story in a report.</summary>
    private const int LastLines = 200;

    public bool IsGood => Complaints.Count == 0 && Verdict.Violations.Count == 0;

    /// <summary>The seed, what is wrong, and what happened last.</summary>
    public string Report()
    {
        var text = new StringBuilder();
        text.Append("Seed ").Append(Seed).Append(": ").Append(Verdict).Append('\n');
        foreach (var complaint in Complaints)
            text.Append("complaint: ").Append(complaint).Append('\n');
        return text.Append("The last of ").Append(Story.Count).Append(" events:\n").Append(Story.ToText(LastLines)).ToString();
    }
}
