namespace Messaging.Client;

/// <summary>
/// What a user is doing (protocol §7). One that a later version adds is passed on as its number.
/// </summary>
public enum AwarenessStatus
{
    /// <summary>Actively chatting.</summary>
    Chatting = 1,

    /// <summary>Recording audio or video.</summary>
    Recording = 2,

    // 3 is PLAYED, which is durable: MessagingClient.MarkPlayedAsync.

    /// <summary>Typing.</summary>
    Typing = 4,

    /// <summary>Typing or recording paused.</summary>
    Paused = 5,

    /// <summary>The action was cancelled.</summary>
    Cancelled = 6,

    /// <summary>The action was resumed.</summary>
    Resume = 7,

    /// <summary>A notification of the system or the app; what must arrive is sent as a message.</summary>
    Notification = 8,
}
