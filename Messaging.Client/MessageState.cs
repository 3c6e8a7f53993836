namespace Messaging.Client;

/// <summary>
/// How far a message has come (protocol §6). Of a message of this user it says what its receiver has of it, of another
/// user's message what this user has of it. It never goes back, but for a refused message that is sent again.
/// </summary>
public enum MessageState
{
    /// <summary>In the outbox: the server has not answered.</summary>
    Pending = 0,

    /// <summary>On the server's disk.</summary>
    Sent = 1,

    /// <summary>A device of the receiver has it; of another user's message: it is here, and unread.</summary>
    Received = 2,

    /// <summary>The receiver has read it; of another user's message: this user has, on whatever device.</summary>
    Read = 3,

    /// <summary>The server will never take it as it stands: it is parked.</summary>
    Refused = 4,
}
