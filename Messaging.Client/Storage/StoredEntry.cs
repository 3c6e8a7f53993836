using Messaging.Client.Outbox;
using Messaging.V1;

namespace Messaging.Client.Storage;

/// <summary>What the application handed over and the server has not taken.</summary>
/// <param name="Sequence">Its place in the order in which it was handed over; names it in the store.</param>
/// <param name="Frame">What goes up, always the same bytes. Not to be changed.</param>
/// <param name="Refusal">Why the server will never take it, where it is parked.</param>
internal sealed record StoredEntry(long Sequence, Frame Frame, Refusal? Refusal = null);
