using System.Text;

namespace Messaging.Client.Connection;

/// <summary>Names in headers: UTF-8, percent-encoded but for printable ASCII (protocol §2).</summary>
internal static class HeaderText
{
    public static string Encode(string value)
    {
        var encoded = new StringBuilder(value.Length);
        foreach (var b in Encoding.UTF8.GetBytes(value))
        {
            // A space is printable, but at either end HTTP would drop it.
            if (b is > 0x20 and < 0x7F and not (byte)'%')
                encoded.Append((char)b);
            else
                encoded.Append('%').Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }
        return encoded.ToString();
    }
}
