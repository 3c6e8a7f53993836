namespace Messaging.Client.Storage;

/// <summary>A message that this user has sent, as far as the store knows.</summary>
/// <param name="Message">The message and its state.</param>
/// <param name="Acceptance">Null where it is not accepted.</param>
/// <param name="Refusal">Why it is parked; null where it is not.</param>
/// <param name="IsOfThisEpoch">Whether its place in the conversation counts under the present epoch.</param>
internal sealed record SentMessage(
    StoredMessage Message, Acceptance? Acceptance, Outbox.Refusal? Refusal, bool IsOfThisEpoch);
