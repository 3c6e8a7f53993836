using Google.Protobuf;
using Messaging.Client.Inbox;
using Messaging.Client.Outbox;
using Messaging.V1;

namespace Messaging.Client.Storage;

/// <summary>What has happened and is to be kept.</summary>
internal abstract record StoreChange;

/// <summary>
/// The application hands over a message. One of the same id that is parked is parked no longer; so is
/// <paramref name="Replaced"/>, which is forgotten.
/// </summary>
internal sealed record AddMessage(long Sequence, Message Message, string? Replaced = null) : StoreChange
{
    /// <summary>The application's payload, where a protector has made the message of it.</summary>
    public ByteString? Plain { get; init; }

    /// <summary>
    /// The same message as it went up before, where a protector has made other bytes of it this time: those go again.
    /// Set when it is done.
    /// </summary>
    public Message? Earlier { get; set; }
}

/// <summary>
/// The application hands over a read, a <c>PLAYED</c> or a report. What is read counts as read from here on.
/// </summary>
internal sealed record AddSignal(StoredEntry Entry) : StoreChange;

/// <summary>The entry is not to be sent: it was taken back, or a later one covers it.</summary>
internal sealed record Withdraw(long Sequence) : StoreChange;

/// <summary>The server has stored the message.</summary>
internal sealed record Accept(long Sequence, Acceptance Acceptance) : StoreChange;

/// <summary>The server will never take the message: it is parked.</summary>
internal sealed record Park(long Sequence, Refusal Refusal) : StoreChange;

/// <summary>The server has answered the signal; where that was a read, this user has read up to there.</summary>
internal sealed record Settle(long Sequence, string Peer, int ReadUpTo) : StoreChange;

/// <summary>The application forgets a parked message.</summary>
internal sealed record DropParked(string MessageId) : StoreChange
{
    /// <summary>Whether it was parked. Set when it is done.</summary>
    public bool WasParked { get; set; }
}

/// <summary>A message of the queue has come.</summary>
/// <param name="Frame">As it came.</param>
/// <param name="Message">The same, as the application sees it.</param>
/// <param name="IsHandedOut">Whether the store hands it out, once, where it does not know it yet.</param>
internal sealed record TakeMessage(Message Frame, ReceivedMessage Message, bool IsHandedOut) : StoreChange
{
    /// <summary>Joins the outbox with it, where the store does not know the message yet.</summary>
    public StoredEntry? Report { get; init; }

    /// <summary>Whether the report has joined the outbox. Set when it is done.</summary>
    public bool IsReported { get; set; }

    /// <summary>The payload as the application gets it, where that is not the frame's own.</summary>
    public ByteString? Plain =>
        Message.Payload.Span.SequenceEqual(Frame.Payload.Span)
            ? null
            : UnsafeByteOperations.UnsafeWrap(Message.Payload);
}

/// <summary>A receipt of the queue has come.</summary>
/// <param name="Offset">Its place in the queue.</param>
/// <param name="Receipt">Null where it says nothing that this client knows.</param>
internal sealed record TakeReceipt(SignalOffset Offset, Receipt? Receipt) : StoreChange;

/// <summary>The ledger has a name, which may be another one than before: then offsets begin anew.</summary>
internal sealed record BeginEpoch(string Epoch) : StoreChange;
