using System.Globalization;
using System.Security;
using System.Text;

namespace Messaging.Benchmarks.Charts;

/// <summary>
/// Panels of lines above each other over one time axis, and rows of marks below them, as SVG. Colours follow what the
/// reader's screen prefers, light or dark; the text is text.
/// </summary>
/// <param name="title">Above all.</param>
/// <param name="source">Where the figures come from.</param>
/// <param name="minutes">The moments.</param>
internal sealed class TimeChart(string title, string source, IReadOnlyList<double> minutes)
{
    private const int Width = 860;
    private const int Left = 96;
    private const int Right = Width - 20;
    private const int PanelHeight = 180;
    private const int RowHeight = 17;

    private const string Style = """
        text { font: 13px system-ui, sans-serif; fill: #1f2328 }
        .title { font-size: 17px; font-weight: 600 } .group { font-weight: 600 } .small { font-size: 12px; fill: #59636e }
        .label { text-anchor: end; font-size: 12px; fill: #59636e } .tick { text-anchor: middle; font-size: 12px; fill: #59636e }
        .grid { stroke: #59636e; stroke-opacity: .25 } polyline { fill: none; stroke-width: 1.6; stroke-linejoin: round }
        .ours { stroke: #0969da } .durable { stroke: #1a7f37 } .other { stroke: #9a6700 } .missed { stroke: #cf222e }
        .thin { stroke-width: 1; stroke-opacity: .75 } .mark { stroke: #cf222e; stroke-width: 2 }
        @media (prefers-color-scheme: dark) {
          text { fill: #f0f6fc } .small, .label, .tick { fill: #9198a1 } .grid { stroke: #9198a1 }
          .ours { stroke: #4493f8 } .durable { stroke: #3fb950 } .other { stroke: #d29922 } .missed, .mark { stroke: #f85149 }
        }
        """;

    private static readonly int[] Factors = [1, 2, 5, 10];

    private readonly StringBuilder _body = new();
    private readonly double _length = minutes[^1];
    private int _y;

    /// <param name="panels">From above.</param>
    /// <param name="marks">A name, and the minutes of each row's marks.</param>
    public string Draw(
        IReadOnlyList<TimePanel> panels, IReadOnlyList<(string Name, IReadOnlyList<double> Minutes)> marks)
    {
        _y = 32;
        AddText(16, _y, title, "title");
        foreach (var panel in panels)
            Add(panel);
        AddMarks(marks);
        _y += 26;
        AddText(16, _y, source, "small");

        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {_y + 16}" role="img">
            <title>{SecurityElement.Escape(title)}</title>
            <style>
            {Style}
            </style>
            {_body}</svg>

            """;
    }

    private void Add(TimePanel panel)
    {
        _y += 32;
        AddText(16, _y, panel.Title, "group");
        var x = Left + 170.0;
        foreach (var (style, name, _) in panel.Lines)
        {
            AddLine(x, _y - 4, x + 18, _y - 4, style);
            AddText(x + 23, _y, name, "small");
            x += 48 + (6.5 * name.Length);
        }

        var top = _y + 14;
        _y = top + PanelHeight;
        var values = panel.Lines.SelectMany(line => line.Values).Where(value => value > 0).DefaultIfEmpty(1).ToArray();
        var (from, to, steps) = panel.IsLogarithmic ? Decades(values.Min(), values.Max()) : Linear(values.Max());
        foreach (var step in steps)
        {
            AddLine(Left, YOf(step), Right, YOf(step), "grid");
            AddText(Left - 8, YOf(step) + 4, step.ToString("#,0.##", CultureInfo.InvariantCulture), "label");
        }

        foreach (var (style, _, line) in panel.Lines)
            AddCurve(line, YOf, style);
        AddMinutes(top);

        double YOf(double value) => _y - (PanelHeight * (panel.IsLogarithmic
            ? Math.Log10(value / from) / Math.Log10(to / from)
            : value / to));
    }

    private static (double From, double To, double[] Steps) Decades(double least, double most)
    {
        var (from, to) = (Math.Floor(Math.Log10(least)), Math.Ceiling(Math.Log10(most)));
        to = Math.Max(to, from + 1);
        return (
            Math.Pow(10, from), Math.Pow(10, to),
            [.. Enumerable.Range((int)from, (int)(to - from) + 1).Select(power => Math.Pow(10, power))]);
    }

    private static (double From, double To, double[] Steps) Linear(double most)
    {
        var step = Step(most, 4);
        var count = (int)Math.Ceiling(most / step);
        return (0, count * step, [.. Enumerable.Range(0, count + 1).Select(i => i * step)]);
    }

    // 1, 2 or 5 times a power of ten, so that there are about as many.
    private static double Step(double most, int count)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(most / count)));
        return Factors.Select(factor => factor * power).First(step => most / step <= count + 1);
    }

    private void AddCurve(IReadOnlyList<double> values, Func<double, double> yOf, string style)
    {
        for (var i = 0; i < values.Count; i++)
        {
            var points = new List<string>();
            for (; i < values.Count && values[i] > 0; i++)
                points.Add(string.Create(CultureInfo.InvariantCulture, $"{XOf(minutes[i]):0.#},{yOf(values[i]):0.#}"));
            if (points.Count > 0)
                _body.AppendLine(CultureInfo.InvariantCulture, $"""<polyline class="{style}" points="{string.Join(' ', points)}"/>""");
        }
    }

    private void AddMinutes(int top)
    {
        var step = Step(_length, 8);
        for (var at = 0.0; at <= _length; at += step)
        {
            AddLine(XOf(at), top, XOf(at), _y, "grid");
            AddText(XOf(at), _y + 16, at == 0 ? "0 min" : at.ToString("0.##", CultureInfo.InvariantCulture), "tick");
        }

        _y += 16;
    }

    private void AddMarks(IReadOnlyList<(string Name, IReadOnlyList<double> Minutes)> marks)
    {
        _y += 32;
        AddText(16, _y, "faults", "group");
        _y += 4;
        foreach (var (name, times) in marks)
        {
            _y += RowHeight;
            AddText(Left - 8, _y, name, "label");
            AddLine(Left, _y - 4, Right, _y - 4, "grid");
            foreach (var at in times)
                AddLine(XOf(at), _y - 10, XOf(at), _y + 2, "mark");
        }
    }

    private double XOf(double minute) => Left + ((Right - Left) * Math.Min(minute / _length, 1));

    private void AddText(double x, double y, string text, string style) => _body.AppendLine(
        CultureInfo.InvariantCulture, $"""<text class="{style}" x="{x:0.#}" y="{y:0.#}">{SecurityElement.Escape(text)}</text>""");

    private void AddLine(double x1, double y1, double x2, double y2, string style) => _body.AppendLine(
        CultureInfo.InvariantCulture,
        $"""<line class="{style}" x1="{x1:0.#}" y1="{y1:0.#}" x2="{x2:0.#}" y2="{y2:0.#}"/>""");
}
