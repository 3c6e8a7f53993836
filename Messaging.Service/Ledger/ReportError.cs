namespace Messaging.Service.Ledger;

/// <summary>
/// Tells the sender of a message that this user cannot use it (protocol §6), once per message and user: Recorded,
/// NotFound (no such message of that peer in the conversation), NotPermitted, Superseded or Unavailable.
/// </summary>
/// <param name="stream">The stream on which it came.</param>
/// <param name="peer">Who sent the message.</param>
/// <param name="messageId">The message.</param>
/// <param name="text">Why, in the reporter's words.</param>
public sealed class ReportError(ILedgerStream stream, string peer, string messageId, string text) : Submission(stream)
{
    public string Peer { get; } = peer;
    public string MessageId { get; } = messageId;
    public string Text { get; } = text;
}
