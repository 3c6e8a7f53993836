using System.IO.Hashing;
using System.Text;
using System.Text.RegularExpressions;
using Messaging.Tests.Reliability.Judging;
using Messaging.V1;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>
/// All that happened in one history, in order: what was drawn, and every frame at both ends. Two runs of one seed tell
/// the same story.
/// </summary>
internal sealed partial class Story(VirtualTime time)
{
    private readonly List<Line> lines = [];

    public History History { get; } = new();

    public int Count => lines.Count;

    public void Tell(string what) => lines.Add(new Line(time.Elapsed, what, null));

    public void Tell(string what, Frame frame) => lines.Add(new Line(time.Elapsed, what, frame));

    /// <summary>Something is made to fail.</summary>
    public void Fault(string what, bool isCrash = false)
    {
        Tell(what);
        History.Fault(what, isCrash);
    }

    /// <summary>The last lines, or all of them.</summary>
    public string ToText(int last = int.MaxValue)
    {
        var text = new StringBuilder();
        foreach (var line in lines.Skip(Math.Max(0, lines.Count - last)))
            text.Append(line).Append('\n');
        return NumberGuids(text.ToString());
    }

    /// <summary>Equal for equal stories.</summary>
    public ulong Hash() => XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(ToText()));

    // The client names what it asks for again by chance: here by the order in which the names come.
    private static string NumberGuids(string text)
    {
        var numbers = new Dictionary<string, int>();
        return Guids().Replace(text, match =>
        {
            numbers.TryAdd(match.Value, numbers.Count + 1);
            return $"guid-{numbers[match.Value]}";
        });
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Guids();

    private readonly record struct Line(TimeSpan At, string What, Frame? Frame)
    {
        public override string ToString()
        {
            var frame = Frame?.ToString() ?? "";
            return $"{At.TotalSeconds:0.000} {What} {(frame.Length > 400 ? frame[..400] : frame)}".TrimEnd();
        }
    }
}
