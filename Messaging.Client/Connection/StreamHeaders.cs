using System.Globalization;

namespace Messaging.Client.Connection;

/// <summary>What the server says before its first frame (protocol §2).</summary>
/// <param name="Session">Names the stream in logs; empty where the server does not say.</param>
/// <param name="Epoch">Names the ledger; empty where the server does not say.</param>
/// <param name="Window">How many unacknowledged entries it will have in flight.</param>
/// <param name="Heartbeat">How often something comes at least; null: no promise, so no silence is too long.</param>
internal sealed record StreamHeaders(string Session, string Epoch, int? Window, TimeSpan? Heartbeat)
{
    /// <summary>The head of the sequence as the stream opens; null where the server does not say.</summary>
    public int? Head { get; init; }

    // A day: past that, a bad header would overflow the timer.
    private const double MaxHeartbeatSeconds = 86_400;

    public TimeSpan? LongestSilence => Heartbeat * 2.5;

    /// <param name="header">The value of a header; null where it is not there.</param>
    public static StreamHeaders Read(Func<string, string?> header)
    {
        int? window = int.TryParse(header("messaging-window"), NumberStyles.None, CultureInfo.InvariantCulture,
            out var size) && size > 0 ? size : null;
        TimeSpan? heartbeat = double.TryParse(header("messaging-heartbeat"), NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= MaxHeartbeatSeconds
            ? TimeSpan.FromSeconds(seconds)
            : null;
        int? head = int.TryParse(header("messaging-head"), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : null;
        return new StreamHeaders(
            header("messaging-session") ?? "", header("messaging-epoch") ?? "", window, heartbeat) { Head = head };
    }
}
