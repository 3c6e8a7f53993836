using Messaging.Client.Outbox;
using Messaging.Client.Protection;

namespace Messaging.Client;

/// <content>What goes up until the server has it.</content>
public sealed partial class MessagingClient
{
    /// <summary>Sends a message: <see cref="SendAsync(OutgoingMessage, CancellationToken)"/>.</summary>
    /// <param name="to">The user it goes to.</param>
    /// <param name="payload">The content; copied.</param>
    /// <param name="cancellationToken">Gives up waiting for a place in the outbox.</param>
    public Task<SendHandle> SendAsync(
        string to, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default) =>
        SendAsync(new OutgoingMessage { To = to, Payload = payload }, cancellationToken);

    /// <summary>
    /// Puts a message into the outbox, and waits while that is full. It is then sent until the server has answered,
    /// across reconnects and, with a store in a file, restarts; messages to one user keep the order in which these calls
    /// were made (protocol §4). One of the same id that is parked is not parked any more.
    /// </summary>
    /// <param name="message">The message; its payload is copied.</param>
    /// <param name="cancellationToken">Gives up waiting for a place; what has one cannot be taken back.</param>
    /// <returns>
    /// The message's handle, once the message is safe in the store; the connection need not stand for it.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// A part of the message is not usable, or a message of this id is on its way already.
    /// </exception>
    /// <exception cref="StoreFailedException">It may not be in the store; the client has ended.</exception>
    public Task<SendHandle> SendAsync(
        OutgoingMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return ClientTelemetry.HearsSending
            ? FollowAsync(ClientTelemetry.StartSending(), message, cancellationToken)
            : AddAsync(message, cancellationToken);
    }

    /// <summary>
    /// The handle of a message that this device has sent, now or before a restart, with what is known of it: null where
    /// the store does not have it, or not any more.
    /// </summary>
    /// <param name="id">The message's id.</param>
    /// <param name="cancellationToken">Gives up waiting for the store.</param>
    public async Task<SendHandle?> FindAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        await _rooms.Restored.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_rooms.Outbox.Find(id) is { } waiting)
            return waiting;
        // It may have been settled a moment ago.
        await _rooms.Store.FlushAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        var sent = await _rooms.Store.FindSentAsync(id, cancellationToken).ConfigureAwait(false);
        return sent is { Acceptance: not null } or { Message.State: MessageState.Refused }
            ? _rooms.Receipts.Restore(sent)
            : null;
    }

    /// <summary>
    /// The messages that the server will never take as they stand, oldest first, with its reasons (protocol §4). They
    /// hold up no others, and wait, with a store in a file across restarts, until they are retried, replaced or dropped.
    /// </summary>
    /// <param name="limit">At most so many, from 1 up. Default: 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting for the store.</param>
    public async Task<IReadOnlyList<ParkedMessage>> GetParkedAsync(
        int limit = 1000, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var parked = await _rooms.Store.ReadParkedAsync(limit, cancellationToken).ConfigureAwait(false);
        return [.. parked.Select(FromOutbox.Parked)];
    }

    /// <summary>
    /// Sends a parked message again as it is, with the same id, behind what is on its way to the same user.
    /// </summary>
    /// <param name="parked">One of <see cref="GetParkedAsync"/>.</param>
    /// <param name="cancellationToken">Gives up waiting for a place in the outbox; it then stays parked.</param>
    /// <returns>A new handle; the old one has faulted for good.</returns>
    /// <exception cref="ArgumentException">It is not parked, or no longer.</exception>
    public Task<SendHandle> RetryAsync(ParkedMessage parked, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(parked);
        return _rooms.Handover.RetryAsync(parked.Message.Id!, cancellationToken);
    }

    /// <summary>
    /// Sends another message in the place of a parked one, which is forgotten in the same step. What was refused has
    /// not used up its id, unless the reason is <c>already_exists</c>.
    /// </summary>
    /// <param name="parked">One of <see cref="GetParkedAsync"/>.</param>
    /// <param name="message">What to send: such as <c>parked.Message with { … }</c>; with a null id it gets a new one.</param>
    /// <param name="cancellationToken">Gives up waiting for a place in the outbox; the old one then stays parked.</param>
    /// <exception cref="ArgumentException">A part of the message is not usable.</exception>
    public Task<SendHandle> ReplaceAsync(
        ParkedMessage parked, OutgoingMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(parked);
        ArgumentNullException.ThrowIfNull(message);
        return _rooms.Handover.AddMessageAsync(Sealing.Seal(message, _options), isNew: message.Id is null,
            cancellationToken, replaced: parked.Message.Id);
    }

    /// <summary>Forgets a parked message, also in the history.</summary>
    /// <param name="parked">One of <see cref="GetParkedAsync"/>.</param>
    /// <returns>Whether it was still parked.</returns>
    public Task<bool> DropAsync(ParkedMessage parked)
    {
        ArgumentNullException.ThrowIfNull(parked);
        return _rooms.Handover.DropAsync(parked.Message.Id!);
    }

    private Task<SendHandle> AddAsync(OutgoingMessage message, CancellationToken cancellationToken) =>
        _rooms.Handover.AddMessageAsync(
            Sealing.Seal(message, _options), isNew: message.Id is null, cancellationToken);

    private async Task<SendHandle> FollowAsync(
        ClientTelemetry.Sending sending, OutgoingMessage message, CancellationToken cancellationToken)
    {
        try
        {
            var handle = await AddAsync(message, cancellationToken).ConfigureAwait(false);
            sending.Follow(handle, message.Payload.Length);
            return handle;
        }
        catch (Exception e)
        {
            sending.End(e);
            throw;
        }
    }
}
