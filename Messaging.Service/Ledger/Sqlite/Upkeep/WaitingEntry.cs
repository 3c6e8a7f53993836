namespace Messaging.Service.Ledger.Sqlite.Upkeep;

/// <summary>An entry that a device waits for.</summary>
/// <param name="Offset">Its place in the user's sequence.</param>
/// <param name="Row">The journal's row that took it.</param>
/// <param name="Kind">What it is.</param>
/// <param name="From">Who did it.</param>
/// <param name="Id">The message, or the one that it is about.</param>
/// <param name="Recorded">When.</param>
/// <param name="Bytes">Of a message, its size.</param>
internal sealed record WaitingEntry(
    int Offset, long Row, string Kind, string From, string Id, DateTimeOffset Recorded, int Bytes);
