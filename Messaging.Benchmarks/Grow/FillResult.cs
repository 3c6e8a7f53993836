namespace Messaging.Benchmarks.Grow;

/// <summary>How fast the ledger took the messages, in one process with it.</summary>
/// <param name="PerSecond">All of them.</param>
/// <param name="LongFirstPerSecond">The first tenth of the long conversation.</param>
/// <param name="LongLastPerSecond">Its last tenth.</param>
internal sealed record FillResult(double PerSecond, double LongFirstPerSecond, double LongLastPerSecond);
