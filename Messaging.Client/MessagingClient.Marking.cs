using Messaging.Client.Outbox;
using Messaging.V1;

namespace Messaging.Client;

/// <content>What this user tells the others of their messages, and of what it is doing.</content>
public sealed partial class MessagingClient
{
    /// <summary>Marks a message, and every one before it that the other sent in the conversation, as read.</summary>
    /// <param name="message">A message that was sent to this user.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the read is sent all the same.</param>
    /// <exception cref="ArgumentException">The user's own message: there is nothing to mark.</exception>
    /// <exception cref="ReadRefusedException">The server will never take it.</exception>
    public Task MarkReadAsync(ReceivedMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        RequireOfOthers(message);
        return MarkReadAsync(message.From.User, message.UserOffset, cancellationToken);
    }

    /// <summary>
    /// Marks what the other user sent in the conversation, up to an offset, as read (protocol §6). Sent until the
    /// server has answered, across reconnects; completes with the answer. Of several that wait, only the highest of
    /// each conversation is sent, and they end together.
    /// </summary>
    /// <param name="user">The user at the other end.</param>
    /// <param name="userOffset">Up to this place, from 1; a lower one than before changes nothing.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the read is sent all the same.</param>
    /// <exception cref="ReadRefusedException">The server will never take it.</exception>
    public Task MarkReadAsync(string user, int userOffset, CancellationToken cancellationToken = default)
    {
        WireText.RequireName(user, nameof(user));
        ArgumentOutOfRangeException.ThrowIfLessThan(userOffset, 1);
        return SettleAsync(ToWire.Read(user, userOffset), cancellationToken);
    }

    /// <summary>
    /// Tells the sender that the user has played or viewed this message, which marks it and those before it as read
    /// too (protocol §6). Sent until the server has answered, across reconnects; completes with the answer.
    /// </summary>
    /// <param name="message">A message that was sent to this user.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; it is sent all the same.</param>
    /// <exception cref="ArgumentException">The user's own message.</exception>
    /// <exception cref="ReadRefusedException">The server will never take it.</exception>
    public Task MarkPlayedAsync(ReceivedMessage message, CancellationToken cancellationToken = default)
    {
        RequireOfOthers(message);
        return SettleAsync(ToWire.Played(message), cancellationToken);
    }

    /// <summary>
    /// Tells the sender that this device has the message but cannot use it: it does not decrypt, its signature is
    /// wrong (protocol §6). Sent until the server has answered, across reconnects; completes with the answer. It
    /// acknowledges nothing: the message is handled as any other.
    /// </summary>
    /// <param name="message">A message that was sent to this user.</param>
    /// <param name="reason">Why, for the sender: 1 byte to 1 KiB of UTF-8.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the report is sent all the same.</param>
    /// <exception cref="ArgumentException">The user's own message, or a reason that is not usable.</exception>
    /// <exception cref="ReportRefusedException">The server will never take it.</exception>
    public Task ReportUnusableAsync(
        ReceivedMessage message, string reason, CancellationToken cancellationToken = default)
    {
        RequireOfOthers(message);
        return SettleAsync(ToWire.Report(message, reason), cancellationToken);
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

    private async Task SettleAsync(Signal signal, CancellationToken cancellationToken)
    {
        var settled = await _rooms.Handover.AddSignalAsync(signal, cancellationToken).ConfigureAwait(false);
        await settled.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
