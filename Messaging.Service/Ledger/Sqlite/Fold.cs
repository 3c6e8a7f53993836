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
    FoldTable Table, long Key, long Offset, JournalRecord? Record = null, int Place = 0) : IComparable<FoldWrite>
{
    /// <summary>By table and key, so that neighbours share pages.</summary>
    public int CompareTo(FoldWrite other) =>
        Table != other.Table ? Table < other.Table ? -1 : 1
        : Key != other.Key ? Key < other.Key ? -1 : 1
        : Offset.CompareTo(other.Offset);
}

/// <summary>
/// A stretch of the journal, as the sorted writes that bring the projections up to its last row. One after the other
/// uses the same memory.
/// </summary>
internal sealed class Fold
{
    private const int KeptCapacity = 256 * 1024;

    // Of what a row sets to a value, only the last in the stretch is written.
    private readonly Dictionary<(FoldTable, long), long> _values = [];
    private readonly Dictionary<(ConversationKey, UserKey, ReceiptKind), ReceiptRecord> _members = [];

    public List<FoldWrite> Writes { get; } = [];

    /// <summary>The next of the writes to be made.</summary>
    public int Next { get; set; }

    /// <summary>The last row it covers; 0 where there is none.</summary>
    public long Through { get; private set; }

    public void Fill(IEnumerable<JournalRecord> rows)
    {
        foreach (var record in rows)
        {
            Through = record.Sequence;
            Collect(record);
        }

        foreach (var ((table, key), value) in _values)
            Writes.Add(new FoldWrite(table, key, value));
        foreach (var receipt in _members.Values)
            Writes.Add(new FoldWrite(FoldTable.Member, receipt.Conversation.Value, receipt.UpTo.Value, receipt));
        _values.Clear();
        _members.Clear();
        Writes.Sort();
    }

    public void StartOver() => Next = 0;

    public void Clear()
    {
        (Next, Through) = (0, 0);
        Writes.Clear();
        if (Writes.Capacity > KeptCapacity)
            Writes.Capacity = 0;
    }

    private void Collect(JournalRecord record)
    {
        var header = record.Header;
        for (var place = 0; place < header.Entries.Length; place++)
        {
            var entry = header.Entries[place];
            if (entry.Offset == SignalOffset.None)
                continue;
            Writes.Add(new FoldWrite(FoldTable.Entry, entry.User.Value, entry.Offset.Value, record, place));
            _values[(FoldTable.Head, entry.User.Value)] = entry.Offset.Value;
        }

        if (header.SettledTo > SignalOffset.None)
            _values[(FoldTable.Settled, header.User.Value)] = header.SettledTo.Value;
        if (header.Cursor > SignalOffset.None)
            _values[(FoldTable.Cursor, header.Device.Value)] = header.Cursor.Value;

        if (State.Remark.Of(record) is { } remark)
            Writes.Add(new FoldWrite(FoldTable.Remark, remark.Message, remark.User.Value, record));

        switch (record)
        {
            case MessageRecord message:
                var (conversation, offset) = (message.Conversation.Value, message.UserOffset.Value);
                Writes.Add(new FoldWrite(FoldTable.Message, conversation, offset, record));
                _values[(FoldTable.Timeline, conversation)] = offset;
                break;
            case ReceiptRecord { Kind: ReceiptKind.Received or ReceiptKind.Read } receipt:
                _members[(receipt.Conversation, header.User, receipt.Kind)] = receipt;
                break;
            case StreamRecord:
                _values[(FoldTable.Stream, header.Device.Value)] = header.Stream.Value;
                break;
        }
    }
}
