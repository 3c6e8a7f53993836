using System.Globalization;
using System.Net;
using System.Text;

namespace Messaging.Tests.Operations;

/// <summary>Draws a dashboard's panels, as Prometheus has answered them, as an SVG.</summary>
internal sealed class DashboardPicture
{
    private const int Columns = 4;
    private const int Width = 290;
    private const int Height = 172;
    private const int Plot = 92;
    private const int Left = 46;
    private const int MaxLines = 8;

    private static readonly string[] Inks =
        ["#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2", "#9d755d", "#79706e"];

    private readonly StringBuilder _body = new();
    private int _column;
    private int _y = 8;

    /// <summary>A heading over the panels that follow.</summary>
    public void AddRow(string title)
    {
        EndRow();
        _body.Append(Invariant($"<text class=\"row\" x=\"12\" y=\"{_y + 16}\">{Text(title)}</text>\n"));
        _y += 24;
    }

    /// <param name="title">The panel's.</param>
    /// <param name="unit">Grafana's name for it.</param>
    /// <param name="lines">Each with its legend and its points.</param>
    public void AddPanel(
        string title, string unit, IReadOnlyList<(string Legend, IReadOnlyList<(double At, double Value)> Points)> lines)
    {
        if (_column == Columns)
            EndRow();
        var (x, y) = (8 + (_column++ * Width), _y);
        var shown = lines.OrderByDescending(line => line.Points.Max(point => point.Value)).Take(MaxLines).ToList();
        var (from, to) = (shown.Min(line => line.Points[0].At), shown.Max(line => line.Points[^1].At));
        var top = shown.Max(line => line.Points.Max(point => point.Value));
        top = double.IsFinite(top) && top > 0 ? top : 1;

        _body.Append(Invariant($"<g transform=\"translate({x} {y})\"><rect width=\"{Width - 8}\" height=\"{Height - 8}\"/>"));
        _body.Append(Invariant($"<text class=\"title\" x=\"10\" y=\"18\">{Text(title)}</text>"));
        _body.Append(Invariant($"<text class=\"axis\" x=\"{Left - 4}\" y=\"34\">{Text(Scale(top, unit))}</text>"));
        _body.Append(Invariant($"<text class=\"axis\" x=\"{Left - 4}\" y=\"{30 + Plot}\">0</text>"));
        _body.Append(Invariant($"<path class=\"grid\" d=\"M{Left} 30H{Width - 18}M{Left} {30 + Plot}H{Width - 18}\"/>"));
        for (var i = 0; i < shown.Count; i++)
        {
            var points = shown[i].Points.Where(point => double.IsFinite(point.Value)).Select(point => Invariant(
                $"{Left + ((Width - 18 - Left) * (point.At - from) / Math.Max(to - from, 1)):0.#},{30 + (Plot * (1 - (point.Value / top))):0.#}"));
            _body.Append(Invariant($"<polyline stroke=\"{Inks[i]}\" points=\"{string.Join(' ', points)}\"/>"));
        }

        _body.Append(Invariant($"<text class=\"legend\" x=\"10\" y=\"{Plot + 46}\">"));
        var used = 0;
        for (var i = 0; i < shown.Count; i++)
        {
            var isNewLine = used > 0 && used + shown[i].Legend.Length > 46;
            used = isNewLine ? shown[i].Legend.Length : used + shown[i].Legend.Length + 3;
            var place = isNewLine ? " x=\"10\" dy=\"13\"" : i > 0 ? " dx=\"8\"" : "";
            _body.Append(Invariant($"<tspan{place} fill=\"{Inks[i]}\">&#9644; {Text(shown[i].Legend)}</tspan>"));
        }

        _body.Append("</text></g>\n");
    }

    /// <param name="caption">Under the panels.</param>
    public string Draw(string caption)
    {
        EndRow();
        return Invariant($$"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{8 + (Columns * Width)}} {{_y + 26}}" font-family="sans-serif">
            <style>
            rect { fill: #fff; stroke: #d5d8dd } polyline { fill: none; stroke-width: 1.4 } .grid { stroke: #e6e8eb }
            .row { font-size: 13px; font-weight: bold; fill: #333 } .title { font-size: 12px; fill: #222 }
            .axis { font-size: 9px; fill: #777; text-anchor: end } .legend { font-size: 10px } .caption { font-size: 11px; fill: #666 }
            </style>
            <path fill="#f4f5f7" d="M0 0H{{8 + (Columns * Width)}}V{{_y + 26}}H0z"/>
            {{_body}}<text class="caption" x="12" y="{{_y + 16}}">{{Text(caption)}}</text>
            </svg>

            """);
    }

    private void EndRow()
    {
        if (_column > 0)
            _y += Height;
        _column = 0;
    }

    private static string Scale(double value, string unit) => unit switch
    {
        "s" => value < 0.001 ? Invariant($"{value * 1e6:0.#} µs") : value < 1 ? Invariant($"{value * 1e3:0.#} ms") : Invariant($"{value:0.#} s"),
        "percentunit" => Invariant($"{value * 100:0.#} %"),
        "bytes" => Short(value) + "B",
        "ops" => Short(value) + "/s",
        _ => Short(value),
    };

    private static string Short(double value) => value switch
    {
        >= 1e9 => Invariant($"{value / 1e9:0.#} G"),
        >= 1e6 => Invariant($"{value / 1e6:0.#} M"),
        >= 1e3 => Invariant($"{value / 1e3:0.#} k"),
        _ => Invariant($"{value:0.##} "),
    };

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
