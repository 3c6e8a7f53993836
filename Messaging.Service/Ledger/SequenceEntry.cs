namespace Messaging.Service.Ledger;

/// <summary>One place that a record took in one user's sequence.</summary>
/// <param name="User">Whose sequence.</param>
/// <param name="UserName">The same, by name.</param>
/// <param name="Offset">The place; <see cref="SignalOffset.None"/> where the sequence was full (protocol §10).</param>
/// <param name="About">For a receipt, the id of the message that this user is told of; empty for a message.</param>
public readonly record struct SequenceEntry(UserKey User, string UserName, SignalOffset Offset, string About);
