using System.Buffers;
using System.Text;

namespace Messaging.Service.Security;

/// <summary>What an id or a name may look like (protocol §9, limits).</summary>
internal static class PlainText
{
    private static readonly SearchValues<char> Controls = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Select(c => (char)c), '\u2028', '\u2029']);

    public static bool HasControls(string text) => text.AsSpan().ContainsAny(Controls);

    /// <summary>Whether the text is more than this many bytes of UTF-8.</summary>
    public static bool IsLongerThan(string text, int bytes) =>
        // A UTF-16 unit is one to three bytes: most texts need no counting.
        text.Length > bytes || (text.Length > bytes / 3 && Encoding.UTF8.GetByteCount(text) > bytes);
}
