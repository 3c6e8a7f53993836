namespace Messaging.Client;

/// <summary>The base of every error that this library reports; each leaf is one reason.</summary>
public abstract class MessagingException : Exception
{
    private protected MessagingException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
