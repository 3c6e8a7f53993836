namespace Messaging.Service.Ledger;

/// <summary>Which stretch of which timeline is asked for.</summary>
/// <param name="Caller">Who asks: a device, known or not, of a member of the conversation.</param>
/// <param name="Peer">The other member; the user again for notes to oneself.</param>
/// <param name="Side">On which side of <paramref name="Bound"/> the stretch lies.</param>
/// <param name="Bound">
/// The place beside which it begins, itself not in it. <see cref="UserOffset.None"/> with <see cref="HistorySide.Before"/>:
/// from the end.
/// </param>
/// <param name="MaxMessages">From 1.</param>
/// <param name="MaxBytes">Of bodies, beyond the first message.</param>
public readonly record struct HistoryQuery(
    Party Caller, string Peer, HistorySide Side, UserOffset Bound, int MaxMessages, int MaxBytes);

/// <summary>On which side of a place in a timeline.</summary>
public enum HistorySide
{
    /// <summary>The messages that end right before it.</summary>
    Before,

    /// <summary>The messages that begin right after it.</summary>
    After,
}
