using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Messaging.Service.Security;

/// <summary>
/// Text in a header: printable ASCII, everything else and <c>%</c> as percent-encoded UTF-8 (protocol §2).
/// </summary>
internal static class PercentText
{
    private static readonly UTF8Encoding Strict =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool TryDecode(string value, [NotNullWhen(true)] out string? text)
    {
        text = null;
        var bytes = new byte[value.Length];
        var length = 0;
        for (var at = 0; at < value.Length; at++)
        {
            var unit = value[at];
            if (unit is < ' ' or > '~')
                return false;
            if (unit != '%')
                bytes[length++] = (byte)unit;
            else if (at + 2 < value.Length && byte.TryParse(
                value.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var encoded))
            {
                bytes[length++] = encoded;
                at += 2;
            }
            else
                return false;
        }

        try
        {
            text = Strict.GetString(bytes, 0, length);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
