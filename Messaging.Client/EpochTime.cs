namespace Messaging.Client;

/// <summary>Time as it is on the wire: epoch milliseconds.</summary>
internal static class EpochTime
{
    // Carried, not checked (protocol §9): a wild clock at the other end must not cost the stream.
    public static DateTimeOffset Read(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(
        milliseconds,
        DateTimeOffset.MinValue.ToUnixTimeMilliseconds(),
        DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
}
