using System.Globalization;

namespace Messaging.Benchmarks.Reporting;

/// <summary>Numbers as a person reads them: three or four digits that count.</summary>
internal static class Text
{
    public static string Of(double value) => value.ToString(Format(Math.Abs(value)), CultureInfo.InvariantCulture);

    private static string Format(double size) => size switch
    {
        0 => "N0",
        < 10 => "N3",
        < 100 => "N2",
        < 1000 => "N1",
        _ => "N0",
    };
}
