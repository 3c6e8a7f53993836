namespace Messaging.Benchmarks.Clients;

/// <summary>How many clients there are in the process, half of them senders.</summary>
internal sealed record ClientsOptions(
    Uri Url, int Clients, int InFlight, int Payload, TimeSpan Length, TimeSpan Warmup, TimeSpan Patience);
