namespace Messaging.Benchmarks.Drain;

/// <summary>How much waits for a device that comes back.</summary>
internal sealed record DrainOptions(Uri Url, int Messages, int Payload, TimeSpan Patience);
