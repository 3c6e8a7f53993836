namespace Messaging.Client.Inbox;

/// <summary>A request to be sent entries again (protocol §5).</summary>
/// <param name="After">From the one behind this.</param>
/// <param name="Id">Tells its answer from a heartbeat.</param>
internal sealed record Reread(SignalOffset After, string Id);
