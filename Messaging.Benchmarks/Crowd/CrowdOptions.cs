namespace Messaging.Benchmarks.Crowd;

/// <summary>How many devices, where, and how long they may take to connect.</summary>
internal sealed record CrowdOptions(Uri Url, int Devices, TimeSpan Patience);
