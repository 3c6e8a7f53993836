using Messaging.Client.Outbox;
using Messaging.V1;

namespace Messaging.Client;

/// <content>What this user tells the others of their messages, and of what it is doing.</content>
public sealed partial class MessagingClient
{
    /// <summary>
    /// Marks a message, and every one before it that the other sent in the conversation, as read:
    /// <see cref="MarkReadAsync(string, int, CancellationToken)"/>.
    /// </summary>
    /// <param name="message">A message that was sent to this user.</param>
    /// <param name="cancellationToken">Gives up waiting for a place in the outbox.</param>
    /// <exception cref="ArgumentException">The user's own message: there is nothing to mark.</exception>
    public Task<MarkHandle> MarkReadAsync(ReceivedMessage message, CancellationToken cancellationToken = default)
    {
        RequireOfOthers(message);
        return MarkAsync(
            ToWire.Read(message.From.User, message.UserOffset, message.Id), message.Era, cancellationToken);
    }

    /// <summary>
    /// Marks what the other user sent in the conversation, up to an offset, as read (protocol §6). It counts as read
    /// here at once, and goes up until the server has answered, across reconnects and, with a store in a file, restarts.
    /// Of several that wait, only the highest of each conversation is sent, and they end together.
    /// </summary>
    /// <param name="user">The user at the other end.</param>
    /// <param name="userOffset">Up to this place, from 1; a lower one than before changes nothing.</param>
    /// <param name="cancellationToken">Gives up waiting for a place in the outbox.</param>
    /// <returns>Its handle, once it is safe in the store.</returns>
    public async Task<MarkHandle> MarkReadAsync(
        string user, int userOffset, CancellationToken cancellationToken = default)
    {
        WireText.RequireName(user, nameof(user));
        ArgumentOutOfRangeException.ThrowIfLessThan(userOffset, 1);
        await _rooms.Restored.WaitAsync(cancellationToken).ConfigureAwait(false);
        var era = _rooms.Inbox.Era;
        var last = await _rooms.Store.FindLastOfOthersAsync(user, userOffset, cancellationToken).ConfigureAwait(false);
        return await MarkAsync(ToWire.Read(user, userOffset, last?.Id ?? ""), era, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>
    /// Marks everything that the store has of the other user in the conversation as read:
    /// <see cref="MarkReadAsync(string, int, CancellationToken)"/>. Where there is nothing, nothing is sent.
    /// </summary>
    /// <param name="user">The user at the other end.</param>
    /// <param name="cancellationToken">Gives up waiting for a place in the outbox.</param>
    public async Task<MarkHandle> MarkReadAsync(string user, CancellationToken cancellationToken = default)
    {
        WireText.RequireName(user, nameof(user));
        await _rooms.Restored.WaitAsync(cancellationToken).ConfigureAwait(false);
        var last = await _rooms.Store.FindLastOfOthersAsync(user, null, cancellationToken).ConfigureAwait(false);
        return last is null
            ? new MarkHandle(Task.CompletedTask)
            : await MarkAsync(
                ToWire.Read(user, last.Place.UserOffset, last.Id), last.Place.Era, cancellationToken)
                .ConfigureAwait(false);
    }

    /// <summary>
    /// Tells the sender that the user has played or viewed this message, which marks it and those before it as read
    /// too (protocol §6): otherwise as <see cref="MarkReadAsync(string, int, CancellationToken)"/>.
    /// </summary>
    /// <param name="message">A message that was sent to this user.</param>
    /// <param name="cancellationToken">Gives up waiting for a place in the outbox.</param>
    /// <exception cref="ArgumentException">The user's own message.</exception>
    public Task<MarkHandle> MarkPlayedAsync(ReceivedMessage message, CancellationToken cancellationToken = default)
    {
        RequireOfOthers(message);
        return MarkAsync(ToWire.Played(message), message.Era, cancellationToken);
    }

    /// <summary>
    /// Tells the sender that this device has the message but cannot use it: it does not decrypt, its signature is
    /// wrong (protocol §6). Goes up until the server has answered, as messages do. It acknowledges nothing: the message
    /// is handled as any other.
    /// </summary>
    /// <param name="message">A message that was sent to this user.</param>
    /// <param name="reason">Why, for the sender: 1 byte to 1 KiB of UTF-8.</param>
    /// <param name="cancellationToken">Gives up waiting for a place in the outbox.</param>
    /// <exception cref="ArgumentException">The user's own message, or a reason that is not usable.</exception>
    public Task<MarkHandle> ReportUnusableAsync(
        ReceivedMessage message, string reason, CancellationToken cancellationToken = default)
    {
        RequireOfOthers(message);
        return MarkAsync(ToWire.Report(message, reason), message.Era, cancellationToken);
    }

    /// <summary>
    /// Tells a user's connected devices what this user is doing: a hint, which is stored nowhere and never waits for
    /// a connection (protocol §7).
    /// </summary>
    /// <param name="to">The user.</param>
    /// <param name="status">What this user is doing.</param>
    /// <param name="device">The one device that is told. Default: null, all of them.</param>
    /// <param name="aboutId">The message it is about. Default: null, none.</param>
    /// <returns>What became of it, as far as this device can tell.</returns>
    /// <exception cref="ArgumentException">A part of it is not usable.</exception>
    public Task<AwarenessResult> SendAwarenessAsync(
        string to, AwarenessStatus status, string? device = null, string? aboutId = null) =>
        _rooms.Awareness.SendAsync(ToWire.Awareness(new Identity(to, device ?? ""), status, aboutId, _options));

    private static void RequireOfOthers(ReceivedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Role != MessageRole.Receiver)
            throw new ArgumentException("This is the user's own message; it is for others' messages.", nameof(message));
    }

    private Task<MarkHandle> MarkAsync(
        Signal signal, int era, CancellationToken cancellationToken) =>
        _rooms.Handover.AddSignalAsync(signal, era, cancellationToken);
}
