namespace Messaging.Faults;

/// <summary>One fault of a connection, and what brings it about.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Way">The direction that it is about, or whose bytes are counted.</param>
/// <param name="AfterBytes">After exactly so many more bytes in that direction; null: after a time.</param>
/// <param name="After">After so long, at the latest.</param>
/// <param name="Lasts">How long one that heals lasts; for the others, until both ends are told.</param>
/// <param name="Piece">Bytes that pass at once while it is slow.</param>
internal sealed record Fault(
    FaultKind Kind, Direction Way, long? AfterBytes, TimeSpan After, TimeSpan Lasts, int Piece = 0)
{
    /// <summary>After it, everything passes again.</summary>
    public bool Heals => Kind is FaultKind.Stall or FaultKind.StallOneWay or FaultKind.Slow;
}
