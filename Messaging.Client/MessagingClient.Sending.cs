using Messaging.Client.Outbox;

namespace Messaging.Client;

/// <content>What goes up until the server has it.</content>
public sealed partial class MessagingClient
{
    /// <summary>
    /// The messages that the server will never take as they stand, oldest first; of more than 1,024 the newest.
    /// They hold up no others.
    /// </summary>
    public IReadOnlyList<ParkedMessage> ParkedMessages => _rooms.Parked.Messages;

    /// <summary>Sends a message: <see cref="SendAsync(OutgoingMessage, CancellationToken)"/>.</summary>
    /// <param name="to">The user it goes to.</param>
    /// <param name="payload">The content; copied.</param>
    /// <param name="cancellationToken">Gives up waiting for a place in the outbox.</param>
    public ValueTask<SendHandle> SendAsync(
        string to, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default) =>
        SendAsync(new OutgoingMessage { To = to, Payload = payload }, cancellationToken);

    /// <summary>
    /// Puts a message into the outbox, and waits while that is full. It is then sent until the server has answered,
    /// across reconnects; messages to one user keep the order in which these calls were made and awaited
    /// (protocol §4). One of the same id that is parked is not parked any more.
    /// </summary>
    /// <param name="message">The message; its payload is copied.</param>
    /// <param name="cancellationToken">Gives up waiting for a place; what has one cannot be taken back.</param>
    /// <returns>The message's handle; the connection need not stand for it.</returns>
    /// <exception cref="ArgumentException">
    /// A part of the message is not usable, or a message of this id is on its way already.
    /// </exception>
    public ValueTask<SendHandle> SendAsync(
        OutgoingMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return _rooms.Handover.AddMessageAsync(
            ToWire.Message(message, _options), isNew: message.Id is null, cancellationToken);
    }

    /// <summary>
    /// Sends a parked message again as it is, with the same id, behind what is on its way to the same user.
    /// </summary>
    /// <param name="parked">One of <see cref="ParkedMessages"/>.</param>
    /// <param name="cancellationToken">Gives up waiting for a place in the outbox; it then stays parked.</param>
    /// <returns>A new handle; the old one has faulted for good.</returns>
    /// <exception cref="ArgumentException">It is not parked, or no longer.</exception>
    public ValueTask<SendHandle> RetryAsync(ParkedMessage parked, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(parked);
        return _rooms.Handover.RetryAsync(parked.Message.Id!, cancellationToken);
    }

    /// <summary>Forgets a parked message.</summary>
    /// <param name="parked">One of <see cref="ParkedMessages"/>.</param>
    /// <returns>Whether it was still parked.</returns>
    public bool Drop(ParkedMessage parked)
    {
        ArgumentNullException.ThrowIfNull(parked);
        return _rooms.Handover.Drop(parked.Message.Id!);
    }
}
