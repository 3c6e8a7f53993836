namespace Messaging.Client;

/// <summary>
/// A store cannot be opened or used: it is in use already, belongs to another user or device, is no database, or was
/// written by a later version. Nothing in it was changed.
/// </summary>
public sealed class StoreUnusableException : MessagingException
{
    internal StoreUnusableException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
