namespace Messaging.Benchmarks.Soak;

/// <summary>How long, how much, and how often something breaks.</summary>
/// <param name="Length">Of the load; what is judged comes after.</param>
/// <param name="Pairs">Of users that write to each other.</param>
/// <param name="PerSecond">Messages a second of all pairs together.</param>
/// <param name="Gap">Between a fault of the network and the next, on the average.</param>
/// <param name="Restarts">Between an end of the service and the next, on the average; between them a leak would show.</param>
/// <param name="Seed">Of all that is random, but for what the load's own timing makes of it.</param>
internal sealed record SoakOptions(
    TimeSpan Length, int Pairs, int PerSecond, TimeSpan Gap, TimeSpan Restarts, int Seed)
{
    /// <summary>The service's; short enough that a dead connection is found between faults.</summary>
    public TimeSpan Heartbeat => TimeSpan.FromSeconds(Math.Max(1, Math.Round(Gap.TotalSeconds / 1.5)));
}
