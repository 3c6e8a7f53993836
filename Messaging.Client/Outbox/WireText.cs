using System.Globalization;
using System.Text;

namespace Messaging.Client.Outbox;

/// <summary>
/// The shape of what goes up as text (protocol §9): caught here, it costs the caller an exception at once.
/// </summary>
internal static class WireText
{
    private const int MaxNameBytes = 255;
    private const int MaxIdBytes = 128;
    private const int MaxReasonBytes = 1024;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static void RequireName(string value, string name) => Require(value, MaxNameBytes, name);

    public static void RequireId(string value, string name) => Require(value, MaxIdBytes, name);

    public static void RequireReason(string value, string name) => RequireText(value, MaxReasonBytes, name);

    public static void RequireAscii(string value, int maxLength, string name)
    {
        ArgumentNullException.ThrowIfNull(value, name);
        if (value.Length > maxLength)
            throw new ArgumentException($"{name} has {value.Length} characters; it may have {maxLength}.", name);
        if (!Ascii.IsValid(value))
            throw new ArgumentException($"{name} must be ASCII.", name);
    }

    private static void Require(string value, int maxBytes, string name)
    {
        RequireText(value, maxBytes, name);
        if (value.Any(IsControl))
            throw new ArgumentException($"{name} must not contain control characters.", name);
    }

    private static void RequireText(string value, int maxBytes, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(value, name);
        int bytes;
        try
        {
            bytes = Strict.GetByteCount(value);
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException($"{name} is not well-formed Unicode.", name, e);
        }
        if (bytes > maxBytes)
            throw new ArgumentException($"{name} has {bytes} bytes of UTF-8; it may have {maxBytes}.", name);
    }

    private static bool IsControl(char c) =>
        char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator;
}
