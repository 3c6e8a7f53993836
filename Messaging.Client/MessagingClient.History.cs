namespace Messaging.Client;

/// <content>What the store has. Needs no connection, and goes on after the client has ended.</content>
public sealed partial class MessagingClient
{
    /// <summary>
    /// The conversations in the store with their unread counts, those with the newest messages first.
    /// </summary>
    /// <param name="after">The last one of the page before. Default: null, from the first one on.</param>
    /// <param name="limit">At most so many, from 1 up. Default: 100.</param>
    /// <param name="cancellationToken">Gives up waiting for the store.</param>
    public Task<IReadOnlyList<Conversation>> GetConversationsAsync(
        Conversation? after = null, int limit = 100, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return _rooms.Store.ReadConversationsAsync(after?.LastNumber, limit, cancellationToken);
    }

    /// <summary>
    /// The last messages of the conversation with a user, sent and received, in its order: what the server has not
    /// taken yet stands last.
    /// </summary>
    /// <param name="user">The user at the other end; this user's own name for notes to oneself.</param>
    /// <param name="before">The first one of the page behind. Default: null, up to the end.</param>
    /// <param name="limit">At most so many, from 1 up. Default: 50.</param>
    /// <param name="cancellationToken">Gives up waiting for the store.</param>
    public Task<IReadOnlyList<StoredMessage>> GetMessagesAsync(
        string user, StoredMessage? before = null, int limit = 50, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(user);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return _rooms.Store.ReadMessagesAsync(user, before?.Place, limit, cancellationToken);
    }
}
