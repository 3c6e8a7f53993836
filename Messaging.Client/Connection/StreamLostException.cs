namespace Messaging.Client.Connection;

/// <summary>The stream is gone or of no more use; another one may do. Never leaves the client.</summary>
internal sealed class StreamLostException(string reason, Exception? inner = null) : Exception(reason, inner)
{
    /// <summary>The stream had lasted long enough for the waits to begin anew.</summary>
    public bool WasHealthy { get; init; }
}
