using Messaging.Service.Ledger;

namespace Messaging.Tests.Properties;

/// <content>Protocol §12: what was said, read back.</content>
internal sealed partial class NaiveLedger
{
    public ValueTask<HistoryPage?> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        lock (gate)
            return ValueTask.FromResult(IsRemoved(query.Caller) ? null : History(query));
    }

    public ValueTask<ConversationPage?> ReadConversationsAsync(
        ConversationQuery query, CancellationToken cancellationToken)
    {
        lock (gate)
            return ValueTask.FromResult(IsRemoved(query.Caller) ? null : Conversations(query));
    }

    private bool IsRemoved(Party device) =>
        disk.User(device.User).Devices.GetValueOrDefault(device.Device) is { IsRevoked: true };

    private HistoryPage History(HistoryQuery query)
    {
        var user = query.Caller.User;
        var conversation = disk.Conversation(user, query.Peer);
        var bound = query.Bound.Value;
        var messages = query.Side == HistorySide.After
            ? conversation.Timeline.Where(message => message.UserOffset.Value > bound)
            : conversation.Timeline.Where(message => bound == 0 || message.UserOffset.Value < bound).Reverse();

        var page = new List<QueueEntry>();
        var bytes = 0L;
        foreach (var message in messages.Take(query.MaxMessages))
        {
            bytes += message.Body.Length;
            if (page.Count > 0 && bytes > query.MaxBytes)
                break;
            page.Add(EntryOf(message, user, conversation));
        }

        if (query.Side == HistorySide.Before)
            page.Reverse();
        return new HistoryPage(page, new UserOffset(conversation.Timeline.Count), new UserOffset(1));
    }

    private ConversationPage Conversations(ConversationQuery query)
    {
        var user = query.Caller.User;
        var all = disk.Conversations
            .Where(one => one.Members.Contains(user) && one.Timeline.Count > 0)
            .OrderByDescending(one => one.Timeline[0].Sequence)
            .Select(one => Summarize(one, user, query.MaxUnread))
            .ToList();
        if (query.After.Length > 0)
            all = [.. all.SkipWhile(one => one.Peer != query.After).Skip(1)];

        var page = new List<ConversationSummary>();
        var bytes = 0L;
        foreach (var conversation in all.Take(query.MaxConversations))
        {
            bytes += ((MessageRecord)conversation.Last!.Value.Record).Body.Length;
            if (page.Count > 0 && bytes > query.MaxBytes)
                break;
            page.Add(conversation);
        }

        return new ConversationPage(page, page.Count < all.Count);
    }

    private static ConversationSummary Summarize(NaiveConversation conversation, string user, int maxUnread)
    {
        var peer = conversation.Members.SingleOrDefault(member => member != user, user);
        var unread = conversation.Timeline.Count(
            message => message.Author.User != user && message.UserOffset > conversation.Read(user));
        return new ConversationSummary(
            peer, new UserOffset(conversation.Timeline.Count), new UserOffset(1),
            EntryOf(conversation.Timeline[^1], user, conversation), Math.Min(unread, maxUnread),
            new Watermarks(conversation.Received(user), conversation.Read(user)),
            peer == user ? default : new Watermarks(conversation.Received(peer), conversation.Read(peer)));
    }

    private static QueueEntry EntryOf(MessageRecord message, string user, NaiveConversation conversation)
    {
        var place = message.Entries.Index().First(entry => entry.Item.UserName == user).Index;
        return new QueueEntry(message.Entries[place].Offset, message, place, conversation.State(message));
    }
}
