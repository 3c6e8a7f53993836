namespace Messaging.Client.Storage;

/// <summary>What an earlier client of this device left.</summary>
/// <param name="Position">Null where it had none.</param>
/// <param name="Entries">In the order of their sequence.</param>
internal sealed record StoredState(StoredPosition? Position, IReadOnlyList<StoredEntry> Entries);
