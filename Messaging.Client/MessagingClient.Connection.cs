namespace Messaging.Client;

/// <content>What an application on a phone tells the connection.</content>
public sealed partial class MessagingClient
{
    /// <summary>
    /// Closes the connection until <see cref="Resume"/>, for an application that is suspended: writes what waits, takes
    /// the server's last answers for up to <see cref="MessagingClientOptions.CloseTimeout"/>, brings everything into
    /// the store. From then on no timer of the client's runs. Sending, marking and reading go on offline.
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting for it; it comes all the same.</param>
    /// <returns>
    /// Completes when the connection is closed; also where it was already, where <see cref="Resume"/> was called
    /// meanwhile, and where the client has ended.
    /// </returns>
    public Task PauseAsync(CancellationToken cancellationToken = default) =>
        _loop.Wish.Pause().WaitAsync(cancellationToken);

    /// <summary>
    /// Connects again after <see cref="PauseAsync"/>, at once; takes back one that is under way. Otherwise does nothing.
    /// </summary>
    public void Resume() => _loop.Wish.Resume();

    /// <summary>
    /// Says that the network is another one: the present stream is given up without a word, and the next one is opened
    /// at once, without a back-off. What was under way is sent again. While paused it does nothing.
    /// </summary>
    public void ReconnectNow() => _loop.Wish.Reconnect();
}
