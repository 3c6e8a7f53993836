using System.Globalization;
using System.Security;
using System.Text;

namespace Messaging.Benchmarks.Charts;

/// <summary>
/// Horizontal bars with whiskers as SVG, groups below each other on one scale. Colours follow what the reader's screen
/// prefers, light or dark; the text is text.
/// </summary>
/// <param name="title">Above all.</param>
/// <param name="legend">What the styles stand for.</param>
/// <param name="source">Where the figures come from.</param>
/// <param name="reference">Where a line crosses all bars, if one does.</param>
internal sealed class BarChart(
    string title, IReadOnlyList<(string Style, string Text)> legend, string source, double? reference)
{
    private const int Width = 860;
    private const int LabelWidth = 300;
    private const int NoteWidth = 130;
    private const int RowHeight = 26;
    private const int BarHeight = 16;
    private const int Left = LabelWidth + 16;
    private const int Room = Width - Left - NoteWidth;

    private const string Style = """
        text { font: 13px system-ui, sans-serif; fill: #1f2328 }
        .title { font-size: 17px; font-weight: 600 } .group { font-weight: 600 } .small { font-size: 12px; fill: #59636e }
        .label { text-anchor: end }
        .ours { fill: #0969da } .durable { fill: #1a7f37 } .other { fill: #9a6700 } .missed { fill: #cf222e }
        .whisker, .reference { stroke: #1f2328; stroke-width: 1.5 } .reference { stroke-dasharray: 4 3 }
        @media (prefers-color-scheme: dark) {
          text { fill: #f0f6fc } .small { fill: #9198a1 }
          .ours { fill: #4493f8 } .durable { fill: #3fb950 } .other { fill: #d29922 } .missed { fill: #f85149 }
          .whisker, .reference { stroke: #f0f6fc }
        }
        """;

    private readonly StringBuilder _body = new();
    private double _scale;
    private int _y;

    public string Draw(IReadOnlyList<BarGroup> groups)
    {
        var longest = groups.SelectMany(group => group.Bars).Max(bar => bar.Max);
        _scale = Room / Math.Max(longest, reference ?? 0);
        _y = 32;
        AddText(16, _y, title, "title");
        _y += 14;
        var top = _y;
        foreach (var group in groups)
            Add(group);
        if (reference is { } at)
            _body.AppendLine(Line(Left + (at * _scale), top, Left + (at * _scale), _y, "reference"));
        AddLegend();

        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {_y + 16}" role="img">
            <title>{SecurityElement.Escape(title)}</title>
            <style>
            {Style}
            </style>
            {_body}</svg>

            """;
    }

    private void Add(BarGroup group)
    {
        _y += RowHeight;
        AddText(16, _y, group.Title, "group");
        _y += 8;
        foreach (var bar in group.Bars)
        {
            var (middle, length) = (_y + (RowHeight / 2), Math.Max(bar.Value * _scale, 1));
            AddText(LabelWidth, middle + 4, bar.Label, "label");
            AddRectangle(Left, middle - (BarHeight / 2), length, BarHeight, bar.Style);
            if (bar.Max > bar.Min)
                _body.AppendLine(Line(Left + (bar.Min * _scale), middle, Left + (bar.Max * _scale), middle, "whisker"));
            AddText(Left + (Math.Max(bar.Value, bar.Max) * _scale) + 8, middle + 4, bar.Note, "note");
            _y += RowHeight;
        }
    }

    private void AddLegend()
    {
        _y += 26;
        var x = 16;
        foreach (var (style, text) in legend)
        {
            AddRectangle(x, _y - 10, 11, 11, style);
            AddText(x + 17, _y, text, "small");
            x += 40 + (7 * text.Length);
        }

        _y += 20;
        AddText(16, _y, source, "small");
    }

    private void AddText(double x, double y, string text, string style) => _body.AppendLine(
        CultureInfo.InvariantCulture, $"""<text class="{style}" x="{x:0.#}" y="{y:0.#}">{SecurityElement.Escape(text)}</text>""");

    private void AddRectangle(double x, double y, double width, double height, string style) => _body.AppendLine(
        CultureInfo.InvariantCulture,
        $"""<rect class="{style}" x="{x:0.#}" y="{y:0.#}" width="{width:0.#}" height="{height:0.#}" rx="2"/>""");

    private static string Line(double x1, double y1, double x2, double y2, string style) => string.Create(
        CultureInfo.InvariantCulture,
        $"""<line class="{style}" x1="{x1:0.#}" y1="{y1:0.#}" x2="{x2:0.#}" y2="{y2:0.#}"/>""");
}
