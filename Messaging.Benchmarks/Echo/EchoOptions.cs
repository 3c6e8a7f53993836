namespace Messaging.Benchmarks.Echo;

/// <summary>The load on an echo: as many calls, each on its connection, with as many frames on their way.</summary>
internal sealed record EchoOptions(Uri Url, int Calls, int InFlight, int Payload, TimeSpan Length, TimeSpan Warmup);
