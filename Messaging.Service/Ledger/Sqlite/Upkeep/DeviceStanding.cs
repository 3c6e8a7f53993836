namespace Messaging.Service.Ledger.Sqlite.Upkeep;

/// <summary>Where a device stands in its user's sequence.</summary>
/// <param name="Device">Its name.</param>
/// <param name="Label">What its user calls it.</param>
/// <param name="Cursor">The highest offset that it has acknowledged.</param>
/// <param name="Head">The sequence's last offset.</param>
/// <param name="Waiting">How many entries it has not acknowledged.</param>
/// <param name="OldestWaiting">When the first of them was recorded.</param>
/// <param name="Stream">The number of its latest stream.</param>
/// <param name="StreamOpened">When that was opened; whether it still is, only the service knows.</param>
/// <param name="IsRemoved">Its user has removed it from the account.</param>
internal sealed record DeviceStanding(
    string Device, string Label, int Cursor, int Head, int Waiting, DateTimeOffset? OldestWaiting, long Stream, DateTimeOffset? StreamOpened,
    bool IsRemoved);
