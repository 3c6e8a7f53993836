using Messaging.Service.Ledger.Sqlite.State;
using SQLitePCL;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>The last message of one author in a stretch, and where it stands.</summary>
internal readonly record struct CoveredMessage(
    ConversationKey Conversation, UserKey Author, UserOffset UserOffset, string Id);

/// <summary>
/// What the writer looks up to decide: recent rows first, then the tables. Writer's thread only.
/// </summary>
internal sealed class LookUps : IDisposable
{
    private readonly Journal _journal;
    private readonly Statement _covered;
    private readonly Statement _lastOf;
    private readonly Statement _remark;

    public LookUps(sqlite3 connection, Journal journal)
    {
        _journal = journal;

        // SQLite takes the bare column (seq) from the row that has the maximum.
        _covered = new Statement(
            connection,
            "SELECT conversation, author, max(user_offset), seq FROM entry "
            + "WHERE user = ?1 AND signal_offset > ?2 AND signal_offset <= ?3 AND author <> ?1 "
            + "GROUP BY conversation, author");
        _lastOf = new Statement(
            connection,
            "SELECT user_offset, seq FROM message WHERE conversation = ? AND author = ? AND user_offset <= ? "
            + "ORDER BY user_offset DESC LIMIT 1");
        _remark = new Statement(connection, "SELECT 1 FROM remark WHERE message = ? AND user = ? AND kind = ?");
    }

    /// <summary>
    /// Of the messages that others sent, behind one offset of a user's sequence and up to another: the last of each
    /// author in each conversation, added to <paramref name="found"/>.
    /// </summary>
    public void AddCovered(UserState user, SignalOffset behind, SignalOffset upTo, List<CoveredMessage> found)
    {
        var firstRecent = user.Recent.Visit(
            behind.Value + 1, upTo.Value, (found, user.Key), static (_, entry, argument) =>
            {
                if (entry.Record is MessageRecord message && message.Header.User != argument.Key)
                    AddLater(argument.found, new CoveredMessage(
                        message.Conversation, message.Header.User, message.UserOffset, message.Id));
                return true;
            });
        if (firstRecent <= behind.Value + 1)
            return;

        var rows = new List<(ConversationKey Conversation, UserKey Author, UserOffset Offset, long Sequence)>();
        _covered.Bind(1, user.Key.Value).Bind(2, behind.Value).Bind(3, Math.Min(upTo.Value, firstRecent - 1));
        while (_covered.Step())
        {
            rows.Add((
                new ConversationKey(_covered.Int64(0)), new UserKey(_covered.Int64(1)),
                new UserOffset(_covered.Int32(2)), _covered.Int64(3)));
        }

        foreach (var row in rows)
        {
            if (!found.Exists(later => later.Conversation == row.Conversation && later.Author == row.Author))
                found.Add(new CoveredMessage(row.Conversation, row.Author, row.Offset, _journal.MessageId(row.Sequence)));
        }
    }

    /// <summary>The last message of an author in a conversation, at or below an offset.</summary>
    public CoveredMessage? LastOf(ConversationState conversation, UserKey author, UserOffset upTo)
    {
        if (conversation.Recent.FindLast(upTo.Value, author, static (message, user) => message.Header.User == user) is { } recent)
            return new CoveredMessage(conversation.Key, author, recent.UserOffset, recent.Id);

        if (!_lastOf.Bind(1, conversation.Key.Value).Bind(2, author.Value).Bind(3, upTo.Value).Step())
            return null;

        var (found, sequence) = (new UserOffset(_lastOf.Int32(0)), _lastOf.Int64(1));
        _lastOf.Reset();
        return new CoveredMessage(conversation.Key, author, found, _journal.MessageId(sequence));
    }

    /// <summary>Whether a record that has been folded says this of a message.</summary>
    public bool HasRemark(MessageRecord message, UserState user, JournalKind kind)
    {
        var isThere = _remark.Bind(1, message.Sequence).Bind(2, user.Key.Value).Bind(3, (long)kind).Step();
        _remark.Reset();
        return isThere;
    }

    public void Dispose()
    {
        _remark.Dispose();
        _covered.Dispose();
        _lastOf.Dispose();
    }

    private static void AddLater(List<CoveredMessage> found, CoveredMessage message)
    {
        for (var i = 0; i < found.Count; i++)
        {
            if (found[i].Conversation == message.Conversation && found[i].Author == message.Author)
            {
                found[i] = message;
                return;
            }
        }

        found.Add(message);
    }
}
