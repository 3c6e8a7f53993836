namespace Messaging.Client;

/// <summary>What the server answered when the message was on its disk (protocol §4).</summary>
/// <param name="UserOffset">The message's place in the conversation, from 1.</param>
/// <param name="SignalOffset">Its place in the sender's own queue, from 1.</param>
/// <param name="StoredAt">When the server stored it, to the millisecond, by the server's clock.</param>
public sealed record Acceptance(int UserOffset, int SignalOffset, DateTimeOffset StoredAt);
