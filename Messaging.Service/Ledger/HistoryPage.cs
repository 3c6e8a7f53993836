namespace Messaging.Service.Ledger;

/// <summary>A stretch of a conversation's timeline.</summary>
/// <param name="Messages">
/// In the order of the timeline, each with its place in the asking user's sequence
/// (<see cref="SignalOffset.None"/> where that was full); what retention has emptied is left out.
/// </param>
/// <param name="Head">The last place in the timeline.</param>
/// <param name="KeptFrom">Everything before this place was emptied by retention; behind the head where all of it was.</param>
public sealed record HistoryPage(IReadOnlyList<QueueEntry> Messages, UserOffset Head, UserOffset KeptFrom)
{
    /// <summary>Of a conversation in which nothing was ever said.</summary>
    public static readonly HistoryPage Empty = new([], UserOffset.None, UserOffset.None.Next());
}
