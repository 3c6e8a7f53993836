namespace Messaging.Client;

/// <summary>What the client says when it asks for an access token.</summary>
/// <param name="Reason">Why it asks.</param>
public readonly record struct AccessTokenRequest(AccessTokenReason Reason);
