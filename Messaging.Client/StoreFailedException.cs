namespace Messaging.Client;

/// <summary>
/// The store could not write or read (a full disk, a failed sync, a damaged file), or was disposed under its client.
/// It takes nothing more, and the client has ended: whatever is not known to be in the store is not acknowledged, so
/// opening it again loses nothing.
/// </summary>
public sealed class StoreFailedException : MessagingException
{
    internal StoreFailedException(Exception inner) : base($"The store has failed: {inner.Message}", inner)
    {
    }
}
