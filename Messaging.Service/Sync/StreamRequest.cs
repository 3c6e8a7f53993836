using System.Globalization;
using Grpc.Core;
using Messaging.Service.Ledger;

namespace Messaging.Service.Sync;

/// <summary>What a client asks for as it opens a stream (protocol §2); what cannot be read is ignored.</summary>
/// <param name="Window">Entries in flight at most.</param>
/// <param name="StartsAtHead">A device that is new begins at the head.</param>
/// <param name="Position">The highest offset it ever acknowledged under this epoch.</param>
internal sealed record StreamRequest(int Window, bool StartsAtHead, SignalOffset Position)
{
    public const string WindowHeader = "messaging-window";
    public const string StartHeader = "messaging-start";
    public const string PositionHeader = "messaging-position";

    public static StreamRequest Read(Metadata headers, string epoch, int maxWindow) => new(
        ReadWindow(headers.GetValue(WindowHeader), maxWindow),
        headers.GetValue(StartHeader) == "head",
        ReadPosition(headers.GetValue(PositionHeader), epoch));

    private static int ReadWindow(string? value, int max)
    {
        if (string.IsNullOrEmpty(value) || value.AsSpan().ContainsAnyExceptInRange('0', '9'))
            return max;
        var digits = value.AsSpan().TrimStart('0');
        if (digits.IsEmpty)
            return max;

        // A number too long for an int is cut down to the limit like any other above it.
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var asked)
            ? Math.Min(asked, max)
            : max;
    }

    private static SignalOffset ReadPosition(string? value, string epoch)
    {
        var slash = value?.LastIndexOf('/') ?? -1;
        return slash > 0
            && value.AsSpan(0, slash).SequenceEqual(epoch)
            && int.TryParse(
                value.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? new SignalOffset(offset)
            : SignalOffset.None;
    }
}
