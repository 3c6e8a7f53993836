namespace Messaging.Service.Ledger;

/// <summary>Some of a user's conversations, those that began last first.</summary>
/// <param name="Conversations">Only those in which something was said.</param>
/// <param name="HasMore">Whether there are others behind them.</param>
public sealed record ConversationPage(IReadOnlyList<ConversationSummary> Conversations, bool HasMore);

/// <summary>How a conversation stands, for one of its members.</summary>
/// <param name="Peer">The other member; the user again for notes to oneself.</param>
/// <param name="Head">The last place in its timeline.</param>
/// <param name="KeptFrom">As in <see cref="HistoryPage.KeptFrom"/>.</param>
/// <param name="Last">The message at the head; null where retention has emptied it.</param>
/// <param name="Unread">Messages of others, not emptied, past the user's own <c>read</c> watermark.</param>
/// <param name="Own">How far the user has come with what others sent (protocol §6).</param>
/// <param name="Others">How far every other member has come with what the user sent.</param>
public sealed record ConversationSummary(
    string Peer, UserOffset Head, UserOffset KeptFrom, QueueEntry? Last, int Unread, Watermarks Own, Watermarks Others);

/// <summary>How far a member of a conversation has received and read (protocol §6).</summary>
public readonly record struct Watermarks(UserOffset Received, UserOffset Read);
