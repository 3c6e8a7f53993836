namespace Messaging.Client.Storage;

/// <summary>What earlier clients of this device have left.</summary>
/// <param name="Position">Null where they have never seen a ledger.</param>
/// <param name="Era">How many ledgers came before the present one.</param>
/// <param name="LastSequence">The highest sequence of an entry of the outbox, parked ones too; 0 without any.</param>
/// <param name="Entries">What is to be sent, in the order of its sequence.</param>
/// <param name="Watermarks">How far the others are in the conversations that these entries are about.</param>
internal sealed record StoredState(
    StoredPosition? Position,
    int Era,
    long LastSequence,
    IReadOnlyList<StoredEntry> Entries,
    IReadOnlyList<StoredWatermarks> Watermarks);
