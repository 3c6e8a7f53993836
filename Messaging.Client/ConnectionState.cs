namespace Messaging.Client;

/// <summary>Where the client's one stream to the server stands.</summary>
public enum ConnectionState
{
    /// <summary>A stream is being opened; nothing has been heard on it yet.</summary>
    Connecting,

    /// <summary>The server has named the position of this device: messages flow both ways.</summary>
    Connected,

    /// <summary>The stream was lost; the client waits for its back-off and then connects again.</summary>
    Waiting,

    /// <summary>The application has paused the connection: none is opened until it is resumed.</summary>
    Paused,

    /// <summary>The client was disposed. Final.</summary>
    Closed,

    /// <summary>
    /// The client gave up, for the reason that <see cref="MessagingClient.Completion"/> faults with. Final.
    /// </summary>
    Failed,
}
