namespace Messaging.Benchmarks.Chat;

/// <summary>The server broke a promise of the protocol; no figure of this run counts.</summary>
internal sealed class ViolationException(string message) : Exception(message);
