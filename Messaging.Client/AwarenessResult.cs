namespace Messaging.Client;

/// <summary>
/// What became of a hint that was to be sent. Not even <see cref="Sent"/> says that anyone has seen it.
/// </summary>
public enum AwarenessResult
{
    /// <summary>It is on the stream to the server.</summary>
    Sent,

    /// <summary>No stream stood, or it was lost first. A hint does not wait for the next one.</summary>
    NotConnected,

    /// <summary>More hints are waiting than the stream takes up.</summary>
    Dropped,
}
