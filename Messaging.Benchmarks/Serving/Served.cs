namespace Messaging.Benchmarks.Serving;

/// <summary>The first line of a served process: where it listens, and how long its start took.</summary>
internal sealed record Served(Uri Url, double StartMilliseconds);
