namespace Messaging.Benchmarks.Drain;

/// <summary>Messages a second on the way in and on the way out, and the server's share of a core meanwhile.</summary>
internal sealed record DrainResult(double QueuedPerSecond, double DrainedPerSecond, double? ServerCpu);
