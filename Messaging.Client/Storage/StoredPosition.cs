using Messaging.Client.Inbox;

namespace Messaging.Client.Storage;

/// <summary>Up to where the application's copy is safe.</summary>
/// <param name="Epoch">The ledger whose offset it is.</param>
/// <param name="Offset">The place in this user's sequence.</param>
internal readonly record struct StoredPosition(string Epoch, SignalOffset Offset);
