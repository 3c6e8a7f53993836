namespace Messaging.Client;

/// <summary>
/// The server could not be asked for its history, or did not answer in time: ask again later. The client goes on.
/// </summary>
public sealed class HistoryUnavailableException : MessagingException
{
    internal HistoryUnavailableException(string reason, Exception inner)
        : base($"The server's history is not available: {reason}", inner)
    {
    }
}
