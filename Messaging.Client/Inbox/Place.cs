namespace Messaging.Client.Inbox;

/// <summary>Whether the client knows where in its queue the stream is.</summary>
internal enum Place
{
    /// <summary>The stream has not named where it begins.</summary>
    Unnamed,

    /// <summary>The next frame of the queue follows on what is known.</summary>
    InLine,

    /// <summary>
    /// Entries are missing and asked for again: what comes before the answer is not in line (protocol §5).
    /// </summary>
    Lost,
}
