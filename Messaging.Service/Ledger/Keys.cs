namespace Messaging.Service.Ledger;

/// <summary>The ledger's own number for a user; strings become keys once.</summary>
public readonly record struct UserKey(long Value);

/// <summary>The ledger's own number for a device of a user.</summary>
public readonly record struct DeviceKey(long Value);

/// <summary>The ledger's own number for a conversation, which is the set of users in it.</summary>
public readonly record struct ConversationKey(long Value);

/// <summary>
/// The number of one stream of one device, larger than that of every earlier stream: the journal sequence of the
/// row that opened it.
/// </summary>
public readonly record struct StreamNumber(long Value);
