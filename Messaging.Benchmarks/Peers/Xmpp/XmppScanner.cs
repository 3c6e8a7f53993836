namespace Messaging.Benchmarks.Peers.Xmpp;

/// <summary>
/// Cuts a stream into the elements right below its root. As much of XML as a server sends: no comments, no
/// <c>&gt;</c> in attributes.
/// </summary>
internal sealed class XmppScanner
{
    // Of the element that is not complete yet: what has been looked at, and how deep that goes.
    private int _scanned;
    private int _depth;

    /// <param name="input">Begins where the last element ended.</param>
    /// <param name="length">How much of it is done with.</param>
    /// <param name="element">The element; empty where it was the beginning of the stream.</param>
    /// <returns>Whether there was enough.</returns>
    public bool TryRead(ReadOnlySpan<byte> input, out int length, out ReadOnlySpan<byte> element)
    {
        while (true)
        {
            var tag = input[_scanned..];
            var start = tag.IndexOf((byte)'<');
            var end = start < 0 ? -1 : tag[start..].IndexOf((byte)'>');
            if (end < 0)
            {
                length = 0;
                element = [];
                return false;
            }

            tag = tag.Slice(start, end + 1);
            _scanned += start + end + 1;
            if (tag[1] == (byte)'/')
                _depth--;
            else if (tag[^2] != (byte)'/' && !IsOpening(tag))
                _depth++;
            if (_depth > 0)
                continue;

            length = _scanned;
            element = IsOpening(tag) ? [] : input[..length];
            (_scanned, _depth) = (0, 0);
            return true;
        }
    }

    private static bool IsOpening(ReadOnlySpan<byte> tag) => tag[1] == (byte)'?' || tag.StartsWith("<stream:stream"u8);
}
