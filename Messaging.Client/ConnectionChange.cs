namespace Messaging.Client;

/// <summary>A state that the connection has entered.</summary>
/// <param name="State">The state.</param>
/// <param name="Reason">Why, for a person; null where there is nothing to say.</param>
public readonly record struct ConnectionChange(ConnectionState State, string? Reason);
