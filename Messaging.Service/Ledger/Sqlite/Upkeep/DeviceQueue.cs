namespace Messaging.Service.Ledger.Sqlite.Upkeep;

/// <summary>What a device waits for.</summary>
/// <param name="Standing">Where it stands.</param>
/// <param name="Kinds">How many entries of each kind wait.</param>
/// <param name="First">The first of them.</param>
internal sealed record DeviceQueue(DeviceStanding Standing, IReadOnlyDictionary<string, int> Kinds, IReadOnlyList<WaitingEntry> First);
