using Messaging.Benchmarks.Chat;

namespace Messaging.Benchmarks.Grow;

/// <summary>How the service started on a ledger, and what a chat gave there.</summary>
internal sealed record GrowResult(TimeSpan Start, double StartMegabytes, ChatResult Chat);
