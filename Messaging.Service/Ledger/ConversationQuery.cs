namespace Messaging.Service.Ledger;

/// <summary>Which of a user's conversations are asked for, of those that began last first.</summary>
/// <param name="Caller">Who asks: a device of theirs, known or not.</param>
/// <param name="After">The other member of the last one of the page before; empty for the first page.</param>
/// <param name="MaxConversations">From 1.</param>
/// <param name="MaxBytes">Of the bodies of their last messages, beyond the first.</param>
/// <param name="MaxUnread">Unread messages are counted up to here.</param>
public readonly record struct ConversationQuery(
    Party Caller, string After, int MaxConversations, int MaxBytes, int MaxUnread);
