namespace Messaging.Service.Ledger;

/// <summary>A user and one of their devices; both opaque, compared byte by byte (protocol §2).</summary>
public readonly record struct Party(string User, string Device);
