using System.Globalization;
using Messaging.Service.Ledger.Sqlite.Retaining;

namespace Messaging.Service.Ledger.Sqlite.Verifying;

/// <summary>
/// Reads the journal from its first row to its last: each row against its checksums and its neighbours, and against the
/// names that it uses. What it says of the tables is handed on.
/// </summary>
internal sealed class JournalCheck(LedgerSnapshot ledger, Findings findings)
{
    /// <summary>Names never change, so what was looked up holds; past this many it is looked up anew.</summary>
    private const int MaxKept = 100_000;

    private readonly Dictionary<long, long> _usersOfDevices = [];
    private readonly Dictionary<long, long[]> _members = [];

    private long _emptied;
    private long _bytes;
    private bool _isUnread;

    /// <summary>How many rows there are.</summary>
    public long Rows { get; private set; }

    /// <param name="expect">Takes every record that is as it was written.</param>
    /// <param name="progress">Is told of each row.</param>
    public void Run(Action<JournalRecord> expect, Action<long> progress)
    {
        using var rows = ledger.Query($"SELECT {JournalRow.Columns} FROM journal ORDER BY seq");
        using var device = ledger.Query("SELECT user FROM device WHERE key = ?");
        using var members = ledger.Query("SELECT user FROM member WHERE conversation = ? ORDER BY user");
        using var subject = ledger.Query("SELECT kind, conversation FROM journal WHERE seq = ?");
        using var names = new Names(ledger.Connection.Handle!);
        var retention = RetentionStanding.Read(ledger.Connection.Handle!);
        if (retention.Counted > ledger.Folded || retention.Passed > retention.Counted)
            findings.Add("retention", "", $"stands at {retention.Passed} and {retention.Counted}, and the journal is folded up to {ledger.Folded}");
        var last = 0L;
        while (rows.Step())
        {
            Rows++;
            var sequence = rows.Int64(0);
            if (sequence != last + 1)
                Add(sequence, $"stands behind row {last}");
            last = sequence;
            progress(Rows);
            try
            {
                var record = JournalRow.Read(rows, 0, names);
                Check(record, UserOf(DeviceOf(record), device), members, subject);
                Weigh(record.Sequence, rows, retention);
                expect(record);
            }
            catch (LedgerUnusableException damaged)
            {
                Add(sequence, damaged.Message);
                _isUnread = true;
            }
        }

        // Where a row could not be made sense of, the sums say nothing new.
        if (!_isUnread && (_bytes != retention.BodyBytes || _emptied != retention.Removed))
        {
            findings.Add(
                "retention", "", $"{retention.Removed} bodies are removed and {retention.BodyBytes} bytes kept, but {_emptied} are gone and {_bytes} there");
        }
    }

    /// <summary>Only retention empties bodies, and it counts them: one that is gone otherwise is lost.</summary>
    private void Weigh(long sequence, Statement row, in RetentionStanding retention)
    {
        var (isEmptied, bytes) = JournalRow.Weigh(row, 0);
        if (bytes > 0 && sequence <= retention.Passed)
            Add(sequence, "its body is there, and retention has passed it");
        if (isEmptied && sequence > retention.Counted)
            Add(sequence, "its body is missing, and retention has not come so far");
        else if (isEmptied)
            _emptied++;
        else if (sequence <= retention.Counted)
            _bytes += bytes;
    }

    /// <summary>
    /// The device that the record needs to be one of its user's: of a change of an account, which a caller may have made who
    /// is none, the one changed.
    /// </summary>
    private static long? DeviceOf(JournalRecord record) => record switch
    {
        DeviceRecord change => change.Target.Value,
        BlockRecord { Header.Device.Value: 0 } => null,
        MessageRecord { Header.Stream.Value: 0 } => null, // sent in the user's name by another's device
        _ => record.Header.Device.Value,
    };

    private void Check(JournalRecord record, long? userOfDevice, Statement members, Statement subject)
    {
        var header = record.Header;
        if (DeviceOf(record) is { } used && userOfDevice != header.User.Value)
            Add(record.Sequence, $"device {used} is not one of user {header.User.Value}");
        if (record is StreamRecord && header.Stream.Value != record.Sequence)
            Add(record.Sequence, $"the stream that it opens has the number {header.Stream.Value}");
        if (header.Stream.Value > record.Sequence)
            Add(record.Sequence, $"it came on stream {header.Stream.Value}, which was opened later");

        switch (record)
        {
            case MessageRecord message:
                var all = MembersOf(message.Conversation.Value, members);
                if (header.Entries.Length == 0 || header.Entries[0].User != header.User
                    || !header.Entries.Select(entry => entry.User.Value).Order().SequenceEqual(all))
                    Add(record.Sequence, $"its entries are not one for each member of conversation {message.Conversation.Value}");
                break;
            case ReceiptRecord receipt:
                RequireMember(record, receipt.Conversation, members);
                if (receipt.Kind == ReceiptKind.Played)
                    RequireSubject(record, receipt.Subject, receipt.Conversation, subject);
                break;
            case ReportRecord report:
                RequireMember(record, report.Conversation, members);
                RequireSubject(record, report.Subject, report.Conversation, subject);
                break;
        }
    }

    private void RequireMember(JournalRecord record, ConversationKey conversation, Statement members)
    {
        if (!MembersOf(conversation.Value, members).Contains(record.Header.User.Value))
            Add(record.Sequence, $"user {record.Header.User.Value} is no member of conversation {conversation.Value}");
    }

    private void RequireSubject(JournalRecord record, long message, ConversationKey conversation, Statement subject)
    {
        var isThere = message < record.Sequence && subject.Bind(1, message).Step()
            && subject.Int64(0) == (long)JournalKind.Message && subject.Int64(1) == conversation.Value;
        subject.Reset();
        if (!isThere)
            Add(record.Sequence, $"row {message}, which it is about, is no message of its conversation");
    }

    private long? UserOf(long? used, Statement query)
    {
        if (used is not { } device)
            return null;
        if (_usersOfDevices.TryGetValue(device, out var user))
            return user;
        var isThere = query.Bind(1, device).Step();
        user = isThere ? query.Int64(0) : 0;
        query.Reset();
        if (isThere)
            Keep(_usersOfDevices, device, user);
        return isThere ? user : null;
    }

    private long[] MembersOf(long conversation, Statement query)
    {
        if (_members.TryGetValue(conversation, out var known))
            return known;
        var members = new List<long>(2);
        query.Bind(1, conversation);
        while (query.Step())
            members.Add(query.Int64(0));
        return Keep(_members, conversation, [.. members]);
    }

    private static T Keep<T>(Dictionary<long, T> kept, long key, T value)
    {
        if (kept.Count >= MaxKept)
            kept.Clear();
        return kept[key] = value;
    }

    private void Add(long sequence, string text) =>
        findings.Add("journal", sequence.ToString(CultureInfo.InvariantCulture), text);
}
