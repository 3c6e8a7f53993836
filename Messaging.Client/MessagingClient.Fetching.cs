using Messaging.Client.Outbox;

namespace Messaging.Client;

/// <content>What the server has. Nothing of it enters the store, and no position moves.</content>
public sealed partial class MessagingClient
{
    /// <summary>
    /// The messages of the conversation with a user right before a place in it, as the server has them. Waits until the
    /// client is connected.
    /// </summary>
    /// <param name="user">The user at the other end; this user's own name for notes to oneself.</param>
    /// <param name="before">The first <see cref="FetchedMessage.UserOffset"/> of the page behind. Default: null, up to the end.</param>
    /// <param name="limit">At most so many, from 1 up; the server has a limit of its own. Default: 50.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="HistoryUnavailableException">The server did not answer; ask again later.</exception>
    /// <exception cref="MessagingException">The client has ended.</exception>
    public async Task<FetchedMessages> FetchMessagesAsync(
        string user, int? before = null, int limit = 50, CancellationToken cancellationToken = default)
    {
        WireText.RequireName(user, nameof(user));
        ArgumentOutOfRangeException.ThrowIfLessThan(before ?? 1, 1, nameof(before));
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        await WaitUntilConnectedAsync(cancellationToken).ConfigureAwait(false);
        return await _history.MessagesAsync(user, before ?? 0, limit, _loop.AccessToken, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// This user's conversations as the server has them, those that began last first. Waits until the client is connected.
    /// </summary>
    /// <param name="after">The last one of the page before. Default: null, from the first one on.</param>
    /// <param name="limit">At most so many, from 1 up; the server has a limit of its own. Default: 50.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="HistoryUnavailableException">The server did not answer; ask again later.</exception>
    /// <exception cref="MessagingException">The client has ended.</exception>
    public async Task<FetchedConversations> FetchConversationsAsync(
        FetchedConversation? after = null, int limit = 50, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        await WaitUntilConnectedAsync(cancellationToken).ConfigureAwait(false);
        return await _history.ConversationsAsync(after?.Peer ?? "", limit, _loop.AccessToken, cancellationToken).ConfigureAwait(false);
    }
}
