namespace Messaging.Service.Ledger.Sqlite;

/// <summary>The tables and columns that a fold writes, in the order in which it writes them.</summary>
internal enum FoldTable
{
    Entry,
    Message,
    Member,
    Head,
    Settled,
    Cursor,
    Stream,
    Timeline,
    Remark,
}

/// <summary>One write of a fold.</summary>
/// <param name="Table">Where it goes.</param>
/// <param name="Key">The user, device or conversation.</param>
/// <param name="Offset">The offset in it, or the value that it takes.</param>
/// <param name="Record">The record it comes from, where the write needs more of it.</param>
/// <param name="Place">Which of the record's entries it is.</param>
internal readonly record struct FoldWrite(
    FoldTable Table, long Key, long Offset, JournalRecord? Record = null, int Place = 0);

/// <summary>A stretch of the journal, as the sorted writes that bring the projections up to its last row.</summary>
internal sealed class Fold
{
    public Fold(IEnumerable<JournalRecord> rows)
    {
        // Of what a row sets to a value, only the last in the stretch is written.
        var values = new Dictionary<(FoldTable, long), long>();
        var members = new Dictionary<(ConversationKey, UserKey, ReceiptKind), ReceiptRecord>();
        foreach (var record in rows)
        {
            Through = record.Sequence;
            Collect(record, values, members);
        }

        foreach (var ((table, key), value) in values)
            Writes.Add(new FoldWrite(table, key, value));
        foreach (var receipt in members.Values)
            Writes.Add(new FoldWrite(FoldTable.Member, receipt.Conversation.Value, receipt.UpTo.Value, receipt));

        Writes.Sort(static (one, other) =>
            (one.Table, one.Key, one.Offset).CompareTo((other.Table, other.Key, other.Offset)));
    }

    public List<FoldWrite> Writes { get; } = [];

    /// <summary>The next of the writes to be made.</summary>
    public int Next { get; set; }

    /// <summary>The last row it covers.</summary>
    public long Through { get; }

    public void StartOver() => Next = 0;

    private void Collect(
        JournalRecord record,
        Dictionary<(FoldTable, long), long> values,
        Dictionary<(ConversationKey, UserKey, ReceiptKind), ReceiptRecord> members)
    {
        var header = record.Header;
        for (var place = 0; place < header.Entries.Count; place++)
        {
            var entry = header.Entries[place];
            if (entry.Offset == SignalOffset.None)
                continue;
            Writes.Add(new FoldWrite(FoldTable.Entry, entry.User.Value, entry.Offset.Value, record, place));
            values[(FoldTable.Head, entry.User.Value)] = entry.Offset.Value;
        }

        if (header.SettledTo > SignalOffset.None)
            values[(FoldTable.Settled, header.User.Value)] = header.SettledTo.Value;
        if (header.Cursor > SignalOffset.None)
            values[(FoldTable.Cursor, header.Device.Value)] = header.Cursor.Value;

        if (State.Remark.Of(record) is { } remark)
            Writes.Add(new FoldWrite(FoldTable.Remark, remark.Message, remark.User.Value, record));

        switch (record)
        {
            case MessageRecord message:
                var (conversation, offset) = (message.Conversation.Value, message.UserOffset.Value);
                Writes.Add(new FoldWrite(FoldTable.Message, conversation, offset, record));
                values[(FoldTable.Timeline, conversation)] = offset;
                break;
            case ReceiptRecord { Kind: ReceiptKind.Received or ReceiptKind.Read } receipt:
                members[(receipt.Conversation, header.User, receipt.Kind)] = receipt;
                break;
            case StreamRecord:
                values[(FoldTable.Stream, header.Device.Value)] = header.Stream.Value;
                break;
        }
    }
}
