using Messaging.Service.Ledger.Sqlite.State;
using Microsoft.Data.Sqlite;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>
/// Reads timelines: what is recent from memory, the rest over one connection. Belongs to one thread at a time.
/// </summary>
internal sealed class HistoryReader : IDisposable
{
    /// <summary>Where the journal's columns begin in <see cref="_forth"/> and <see cref="_back"/>.</summary>
    private const int FirstJournalColumn = 1;

    private readonly SqliteConnection _connection;
    private readonly ActiveStates _active;
    private readonly StateTable _table;
    private readonly Names _names;
    private readonly Statement _forth;
    private readonly Statement _back;
    private readonly Statement _isEmptied;
    private readonly Statement _unread;
    private readonly Statement _conversations;

    public HistoryReader(SqliteConnection connection, ActiveStates active)
    {
        (_connection, _active) = (connection, active);
        var handle = connection.Handle!;
        _table = new StateTable(handle);
        _names = new Names(handle);
        var columns = string.Join(", ", JournalRow.Columns.Split(", ").Select(column => "journal." + column));
        var stretch =
            $"SELECT message.user_offset, {columns} FROM message JOIN journal ON journal.seq = message.seq "
            + "WHERE message.conversation = ? AND message.user_offset BETWEEN ? AND ? ORDER BY message.user_offset";
        _forth = new Statement(handle, stretch);
        _back = new Statement(handle, stretch + " DESC");
        _isEmptied = new Statement(
            handle,
            "SELECT journal.body IS NULL FROM message JOIN journal ON journal.seq = message.seq "
            + "WHERE message.conversation = ? AND message.user_offset = ?");
        _unread = new Statement(
            handle,
            "SELECT count(*) FROM (SELECT 1 FROM message "
            + "WHERE conversation = ? AND author = ? AND user_offset BETWEEN ? AND ? LIMIT ?)");
        _conversations = new Statement(
            handle, "SELECT conversation FROM member WHERE user = ? AND conversation < ? ORDER BY conversation DESC");
    }

    /// <summary>A stretch of a timeline; null where whoever asks has been removed.</summary>
    public HistoryPage? Read(HistoryQuery query)
    {
        var user = _table.FindUser(query.Caller.User);
        if (IsRemoved(query.Caller, user))
            return null;
        if (user is null || Find(user, query.Peer) is not { } conversation)
            return HistoryPage.Empty;

        var head = conversation.PublishedHead;
        var keptFrom = KeptFrom(conversation, head);
        var page = new HistoryBuilder(user.Key, conversation, query.MaxMessages, query.MaxBytes);
        if (query.Side == HistorySide.After)
        {
            var after = Math.Min(query.Bound.Value, head.Value);
            ReadForth(conversation, Math.Max(after + 1L, keptFrom.Value), head.Value, query.MaxMessages, page);
            return new HistoryPage(page.Build(), head, keptFrom);
        }

        var last = query.Bound > UserOffset.None && query.Bound <= head ? query.Bound.Value - 1 : head.Value;
        ReadBack(conversation, last, keptFrom.Value, page);
        var messages = page.Build();
        messages.Reverse();
        return new HistoryPage(messages, head, keptFrom);
    }

    /// <summary>How a user's conversations stand; null where whoever asks has been removed.</summary>
    public ConversationPage? Read(ConversationQuery query)
    {
        var user = _table.FindUser(query.Caller.User);
        if (IsRemoved(query.Caller, user))
            return null;
        if (user is null)
            return new ConversationPage([], HasMore: false);

        var behind = new ConversationKey(long.MaxValue);
        if (query.After.Length > 0)
        {
            if (Find(user, query.After) is not { } last)
                return new ConversationPage([], HasMore: false);
            behind = last.Key;
        }

        var page = new List<ConversationSummary>();
        var bytes = 0L;
        _conversations.Bind(1, user.Key.Value).Bind(2, behind.Value);
        try
        {
            while (_conversations.Step())
            {
                var conversation = Load(new ConversationKey(_conversations.Int64(0)));
                if (conversation.PublishedHead == UserOffset.None)
                    continue;
                if (page.Count == query.MaxConversations)
                    return new ConversationPage(page, HasMore: true);

                var summary = Summarize(user, conversation, query.MaxUnread);
                bytes += summary.Last is { Record: MessageRecord message } ? message.Body.Length : 0;
                if (page.Count > 0 && bytes > query.MaxBytes)
                    return new ConversationPage(page, HasMore: true);
                page.Add(summary);
            }
        }
        finally
        {
            _conversations.Reset();
        }

        return new ConversationPage(page, HasMore: false);
    }

    public void Dispose()
    {
        foreach (var statement in (ReadOnlySpan<Statement>)[_forth, _back, _isEmptied, _unread, _conversations])
            statement.Dispose();
        _table.Dispose();
        _names.Dispose();
        _connection.Dispose();
    }

    // Memory first: what has left it is in the table by then.
    private bool IsRemoved(Party device, UserState? user) =>
        _active.IsRemoved(device)
        || (user is not null && _table.FindDevice(user, device.Device) is { IsRevoked: true });

    private ConversationState? Find(UserState user, string peerName)
    {
        var peer = peerName == user.Name ? user : _table.FindUser(peerName);
        if (peer is null)
            return null;
        UserKey[] members = peer == user ? [user.Key] : [user.Key, peer.Key];
        return _table.FindConversation(members) is { } found ? Load(found.Key) : null;
    }

    // Memory first, then the table: what is not in memory is as its table says from then on. What the table says is read
    // anew for that, for what was read before may have been in memory then, and ahead of it.
    private ConversationState Load(ConversationKey key) =>
        _active.TryGet(key, out var conversation) ? conversation
        : _table.FindConversation(key)
            ?? throw new LedgerUnusableException($"The ledger is damaged: conversation {key.Value} is missing.");

    // What lies before the first recent message has been folded, all of it.
    private void ReadForth(ConversationState conversation, long first, int last, int maxMessages, HistoryBuilder page)
    {
        if (first > last)
            return;
        var recent = new List<MessageRecord>();
        var firstRecent = conversation.Recent.Visit(
            (int)first, last, (recent, maxMessages), static (_, message, argument) =>
            {
                if (!message.Body.IsEmpty)
                    argument.recent.Add(message);
                return argument.recent.Count < argument.maxMessages;
            });
        if (ReadTable(_forth, conversation, (int)first, Math.Min(last, firstRecent - 1), page))
            _ = recent.TrueForAll(page.TryAdd);
    }

    private void ReadBack(ConversationState conversation, int last, int first, HistoryBuilder page)
    {
        var isFull = false;
        var firstRecent = conversation.Recent.VisitBack(
            last, first, page, (message, into) =>
            {
                isFull = !into.TryAdd(message);
                return !isFull;
            });
        if (!isFull)
            ReadTable(_back, conversation, first, Math.Min(last, firstRecent - 1), page);
    }

    /// <returns>Whether all of it found room in the page.</returns>
    private bool ReadTable(Statement stretch, ConversationState conversation, int first, int last, HistoryBuilder page)
    {
        if (first > last)
            return true;
        stretch.Bind(1, conversation.Key.Value).Bind(2, first).Bind(3, last);
        try
        {
            while (stretch.Step())
            {
                if (!page.TryAdd(Message(stretch, conversation)))
                    return false;
            }
        }
        finally
        {
            stretch.Reset();
        }

        return true;
    }

    /// <summary>The timeline's row has no checksum: the row of the journal, which has one, must say the same.</summary>
    private MessageRecord Message(Statement row, ConversationState conversation) =>
        JournalRow.Read(row, FirstJournalColumn, _names) is MessageRecord message
        && message.Conversation == conversation.Key && message.UserOffset.Value == row.Int32(0)
            ? message
            : throw new LedgerUnusableException(
                $"The ledger is damaged: a message of conversation {conversation.Key.Value} is not what the journal says.");

    private ConversationSummary Summarize(UserState user, ConversationState conversation, int maxUnread)
    {
        var head = conversation.PublishedHead;
        var keptFrom = KeptFrom(conversation, head);
        var last = new HistoryBuilder(user.Key, conversation, maxMessages: 1, maxBytes: int.MaxValue);
        ReadBack(conversation, head.Value, Math.Max(head.Value, keptFrom.Value), last);

        var own = conversation.MemberOf(user.Key);
        var others = conversation.Members.Where(member => member.User != user.Key).ToList();
        var unreadFrom = Math.Max(own.PublishedRead.Value + 1L, keptFrom.Value);
        var unread = others.Sum(member => Unread(conversation, member.User, unreadFrom, head.Value, maxUnread));
        return new ConversationSummary(
            others.Count == 0 ? user.Name : _names.Of(others[0].User), head, keptFrom,
            last.Build() is [var message] ? message : null,
            Math.Min(unread, maxUnread),
            new Watermarks(own.PublishedReceived, own.PublishedRead),
            others.Count == 0
                ? default
                : new Watermarks(others.Min(member => member.PublishedReceived), others.Min(member => member.PublishedRead)));
    }

    private int Unread(ConversationState conversation, UserKey author, long first, int last, int most)
    {
        if (first > last)
            return 0;
        var recent = 0;
        var firstRecent = conversation.Recent.Visit((int)first, last, author, (_, message, author) =>
        {
            recent += message.Header.User == author ? 1 : 0;
            return true;
        });
        if (firstRecent <= first)
            return recent;

        _unread.Bind(1, conversation.Key.Value).Bind(2, author.Value).Bind(3, first);
        _unread.Bind(4, Math.Min(last, firstRecent - 1)).Bind(5, most).Step();
        var folded = _unread.Int32(0);
        _unread.Reset();
        return recent + folded;
    }

    // Retention empties the oldest first, so that halving finds where it has come to; mostly the first message is there.
    private UserOffset KeptFrom(ConversationState conversation, UserOffset head)
    {
        var (emptied, kept) = (0L, head.Value + 1L);
        for (var at = Math.Min(1L, kept - 1); at > emptied; at = emptied + ((kept - emptied) / 2))
        {
            if (IsEmptied(conversation, (int)at))
                emptied = at;
            else
                kept = at;
        }

        return new UserOffset((int)Math.Min(kept, int.MaxValue));
    }

    private bool IsEmptied(ConversationState conversation, int offset)
    {
        if (conversation.Recent.FindLast(offset, offset, static (message, offset) => message.UserOffset.Value == offset) is { } recent)
            return recent.Body.IsEmpty;
        var isEmptied = _isEmptied.Bind(1, conversation.Key.Value).Bind(2, offset).Step() && _isEmptied.Int64(0) != 0;
        _isEmptied.Reset();
        return isEmptied;
    }
}
