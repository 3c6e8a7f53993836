namespace Messaging.Client;

/// <summary>A bug in the client ended it; the inner exception is the bug. Please report it.</summary>
public sealed class ClientFailedException : MessagingException
{
    internal ClientFailedException(Exception inner) : base("The client failed.", inner)
    {
    }
}
