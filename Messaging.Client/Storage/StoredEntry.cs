using Google.Protobuf;
using Messaging.Client.Outbox;
using Messaging.V1;

namespace Messaging.Client.Storage;

/// <summary>What the application handed over and the server has not taken.</summary>
/// <param name="Sequence">Its place in the order in which it was handed over; names it in the store.</param>
/// <param name="Frame">What goes up, always the same bytes. Not to be changed.</param>
/// <param name="Era">The epoch that it was made under, counted from 0: under another one its offset means nothing.</param>
/// <param name="Refusal">Why the server will never take it, where it is parked.</param>
internal sealed record StoredEntry(
    long Sequence, Frame Frame, int Era = 0, Refusal? Refusal = null)
{
    /// <summary>The application's payload, where a protector has made a message of it.</summary>
    public ByteString? Plain { get; init; }

    /// <summary>
    /// What the entry marks as read, up to a place, a message or both, as far as they are known; null where it is no
    /// read.
    /// </summary>
    public (string Peer, int UserOffset, string? Id)? ReadMark =>
        Frame.Signal is { } signal && (signal.Status == SignalStatus.Played || signal.SignalAckState is { Read: true })
            ? (signal.To.User, signal.UserOffset, signal.Id.Length > 0 ? signal.Id : null)
            : null;
}
