namespace Messaging.Benchmarks.Sockets;

/// <summary>The call or its connection ended where it should have gone on.</summary>
internal sealed class CallEndedException(string message) : Exception(message);
