namespace Messaging.Service.Ledger;

/// <summary>
/// Moves the user's <c>read</c> watermark in the conversation with <paramref name="peer"/> (protocol §6): Recorded,
/// NotFound (no such message of that peer), OutOfRange (past the timeline's head, or the acknowledgement past
/// the sequence's), Superseded or Unavailable. Unless it is recorded nothing changes.
/// </summary>
/// <param name="stream">The stream on which it came.</param>
/// <param name="peer">The other member; the user's own name in a note to oneself.</param>
/// <param name="messageId">A message that the peer sent, or empty.</param>
/// <param name="upTo">Up to here, or <see cref="UserOffset.None"/> for the message named.</param>
/// <param name="isPlayed">The message named was played, which its sender is told once, read before or not.</param>
/// <param name="acknowledge">An acknowledgement in the same frame, or <see cref="SignalOffset.None"/>.</param>
public sealed class MarkRead(
    ILedgerStream stream, string peer, string messageId, UserOffset upTo, bool isPlayed = false,
    SignalOffset acknowledge = default) : Submission(stream)
{
    public string Peer { get; } = peer;
    public string MessageId { get; } = messageId;
    public UserOffset UpTo { get; } = upTo;
    public bool IsPlayed { get; } = isPlayed;
    public SignalOffset Acknowledge { get; } = acknowledge;

    /// <summary>Where the watermark now stands.</summary>
    public UserOffset Watermark { get; internal set; }

    /// <summary>The reader's own entry, or <see cref="SignalOffset.None"/> where nothing moved.</summary>
    public SignalOffset SignalOffset { get; internal set; }
}
