namespace Messaging.Benchmarks.Serving;

/// <summary>A server that this program started does not do what it is there for.</summary>
internal sealed class ServerFailedException(string message) : Exception(message);
