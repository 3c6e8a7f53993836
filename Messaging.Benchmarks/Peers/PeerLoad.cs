namespace Messaging.Benchmarks.Peers;

/// <summary>What each pair of a peer does, as in chat.</summary>
internal sealed record PeerLoad(
    Uri Url, int Pairs, int InFlight, int Payload, TimeSpan Length, TimeSpan Warmup, TimeSpan Patience);
