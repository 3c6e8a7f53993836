namespace Messaging.Client;

/// <summary>The client was disposed before this could happen.</summary>
public sealed class ClientClosedException : MessagingException
{
    internal ClientClosedException() : base("The client was disposed.")
    {
    }
}
