namespace Messaging.Client;

/// <summary>A user, or one of a user's devices. Both are opaque and compared byte by byte (protocol §2).</summary>
/// <param name="User">The user.</param>
/// <param name="Device">The device; empty where no device is meant.</param>
public readonly record struct Identity(string User, string Device);
