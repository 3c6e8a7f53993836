using System.Runtime.InteropServices;

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
    Seen,
    Timeline,
    Remark,
    Block,
    Label,
    Revoked,
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
    private readonly Dictionary<DeviceKey, (SignalOffset Cursor, JournalRecord Latest)> _cursors = [];
    private readonly Dictionary<(UserKey, string), BlockRecord> _blocks = [];
    private readonly Dictionary<DeviceKey, LabelRecord> _labels = [];

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
        foreach (var (device, moved) in _cursors)
            Writes.Add(new FoldWrite(FoldTable.Cursor, device.Value, moved.Cursor.Value, moved.Latest));
        foreach (var block in _blocks.Values)
            Writes.Add(new FoldWrite(FoldTable.Block, block.Header.User.Value, block.Sequence, block));
        foreach (var (device, label) in _labels)
            Writes.Add(new FoldWrite(FoldTable.Label, device.Value, label.Sequence, label));
        _values.Clear();
        _members.Clear();
        _cursors.Clear();
        _blocks.Clear();
        _labels.Clear();
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
        {
            // The clock may have been set back: a device was last seen at the latest time there is.
            ref var moved = ref CollectionsMarshal.GetValueRefOrAddDefault(_cursors, header.Device, out _);
            moved = (header.Cursor, moved.Latest?.RecordedAt > header.RecordedAt ? moved.Latest : record);
        }

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
                var seen = (FoldTable.Seen, header.Device.Value);
                _values[seen] = Math.Max(_values.GetValueOrDefault(seen), header.RecordedAt);
                break;
            case BlockRecord block:
                _blocks[(header.User, block.Blocked)] = block;
                break;
            case LabelRecord label:
                _labels[label.Target] = label;
                break;
            case RevocationRecord revocation:
                _values[(FoldTable.Revoked, revocation.Target.Value)] = record.Sequence;
                break;
        }
    }
}
