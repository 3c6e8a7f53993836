using System.Buffers;

namespace Messaging.Service.Delivery;

/// <summary>RFC 4648 §4 with padding and nothing else: no line breaks, no URL alphabet (protocol §9, limits).</summary>
internal static class Base64Text
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    private static readonly SearchValues<char> Digits = SearchValues.Create(Alphabet);

    public static bool IsStrict(ReadOnlySpan<char> text)
    {
        if (text.Length % 4 != 0)
            return false;
        if (text.IsEmpty)
            return true;
        var padding = text[^1] != '=' ? 0 : text[^2] != '=' ? 1 : 2;
        var digits = text[..^padding];
        if (digits.ContainsAnyExcept(Digits))
            return false;

        // An encoder leaves the bits that the padding stands for at zero; others would be a second spelling.
        var spare = padding switch { 0 => 0, 1 => 0b11, _ => 0b1111 };
        return (Alphabet.IndexOf(digits[^1], StringComparison.Ordinal) & spare) == 0;
    }
}
