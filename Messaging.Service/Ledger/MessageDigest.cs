namespace Messaging.Service.Ledger;

/// <summary>
/// 128 bits that stand for a message's content: two messages with one id are the same message if their digests are
/// equal (protocol §4, duplicates).
/// </summary>
public readonly record struct MessageDigest(ulong High, ulong Low);
