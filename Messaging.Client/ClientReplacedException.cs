namespace Messaging.Client;

/// <summary>
/// Another client of the same user and device has connected (protocol §2). This one has ended and does not connect
/// again by itself: the two would take turns for ever. What it had not sent is not lost to the other one's user
/// unless the application forgets it: send it again with the same id.
/// </summary>
public sealed class ClientReplacedException : MessagingException
{
    internal ClientReplacedException(Exception? inner = null)
        : base("Another client of this user and device has connected and replaces this one.", inner)
    {
    }
}
