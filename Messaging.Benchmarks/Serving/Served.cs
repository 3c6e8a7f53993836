namespace Messaging.Benchmarks.Serving;

/// <summary>The first line of a served process: where it listens.</summary>
internal sealed record Served(Uri Url);
