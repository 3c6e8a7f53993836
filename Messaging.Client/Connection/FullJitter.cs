namespace Messaging.Client.Connection;

/// <summary>
/// Exponential back-off with full jitter: anywhere from nothing to the doubling bound, so that clients which lost the
/// same server do not come back together.
/// </summary>
internal static class FullJitter
{
    /// <param name="attempt">How many waits came before, from 0.</param>
    /// <param name="first">The bound of the first wait.</param>
    /// <param name="longest">The bound that none passes.</param>
    /// <param name="random">From 0 up to 1.</param>
    public static TimeSpan Delay(int attempt, TimeSpan first, TimeSpan longest, double random)
    {
        var bound = Math.Min(first.Ticks * Math.Pow(2, attempt), longest.Ticks);
        return new TimeSpan((long)(bound * random));
    }
}
