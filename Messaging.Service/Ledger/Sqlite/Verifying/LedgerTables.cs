namespace Messaging.Service.Ledger.Sqlite.Verifying;

/// <summary>
/// What the tables must hold, by what the journal says; written down a second time, apart from the code that folds it, so
/// that a mistake in either shows. A new table, column or kind of record has its line here.
/// </summary>
internal static class LedgerTables
{
    public static readonly RowTable[] Rows =
    [
        new("entry", ["user", "signal_offset", "seq", "place", "conversation", "user_offset", "author"], 2, IsDense: true, Entries),
        new("message", ["conversation", "user_offset", "author", "seq"], 2, IsDense: true, static (record, expect) =>
        {
            if (record is MessageRecord message)
                expect(message.Conversation.Value, message.UserOffset.Value, message.Header.User.Value, message.Sequence);
        }),
        new("remark", ["message", "user", "kind"], 3, IsDense: false, static (record, expect) =>
        {
            if (record is ReceiptRecord { Kind: ReceiptKind.Played } played)
                expect(played.Subject, played.Header.User.Value, (long)JournalKind.Played);
            else if (record is ReportRecord report)
                expect(report.Subject, report.Header.User.Value, (long)JournalKind.Report);
        }),
    ];

    public static readonly HeadColumn[] Heads = [new("user", "head", "entry"), new("conversation", "head", "message")];

    public static readonly ValueColumn[] Values =
    [
        new("user", ["key"], "settled", Motion.Rises, static (record, expect) =>
        {
            if (record.Header.SettledTo > SignalOffset.None)
                expect(record.Header.User.Value, record.Header.SettledTo.Value);
        }, ("entry", "SELECT ?1")),
        new("device", ["key"], "cursor", Motion.Rises, static (record, expect) =>
        {
            if (record.Header.Cursor > SignalOffset.None)
                expect(record.Header.Device.Value, record.Header.Cursor.Value);
        }, ("entry", "SELECT user FROM device WHERE key = ?1")),
        new("device", ["key"], "stream", Motion.Rises, static (record, expect) =>
        {
            if (record is StreamRecord)
                expect(record.Header.Device.Value, record.Header.Stream.Value);
            else if (record is RevocationRecord revocation)
                expect(revocation.Target.Value, revocation.Sequence);
        }),
        new("device", ["key"], "created", Motion.First, static (record, expect) =>
        {
            if (record is StreamRecord)
                expect(record.Header.Device.Value, record.RecordedAt);
        }),
        new("device", ["key"], "seen", Motion.Highest, static (record, expect) =>
        {
            if (record is StreamRecord || record.Header.Cursor > SignalOffset.None)
                expect(record.Header.Device.Value, record.RecordedAt);
        }),
        new("device", ["key"], "revoked", Motion.Rises, static (record, expect) =>
        {
            if (record is RevocationRecord revocation)
                expect(revocation.Target.Value, revocation.Sequence);
        }),
        new("member", ["conversation", "user"], "received", Motion.Highest, static (record, expect) =>
        {
            if (record is ReceiptRecord { Kind: ReceiptKind.Received or ReceiptKind.Read } receipt)
                expect(receipt.Conversation.Value, receipt.Header.User.Value, receipt.UpTo.Value);
        }, ("message", "SELECT ?1")),
        new("member", ["conversation", "user"], "read", Motion.Rises, static (record, expect) =>
        {
            if (record is ReceiptRecord { Kind: ReceiptKind.Read } read)
                expect(read.Conversation.Value, read.Header.User.Value, read.UpTo.Value);
        }, ("message", "SELECT ?1")),
    ];

    /// <summary>
    /// What must hold between tables, and of columns that are no numbers by what the journal says: a query for the keys of rows in
    /// which it does not.
    /// </summary>
    public static readonly (string Table, string Text, string Sql)[] Relations =
    [
        ("device", "its user is missing", "SELECT key FROM device WHERE user NOT IN (SELECT key FROM user)"),
        ("member", "its conversation is missing",
            "SELECT conversation || ',' || user FROM member WHERE conversation NOT IN (SELECT key FROM conversation)"),
        ("member", "its user is missing",
            "SELECT conversation || ',' || user FROM member WHERE user NOT IN (SELECT key FROM user)"),
        ("member", "has read more than received",
            "SELECT conversation || ',' || user FROM member WHERE read > received"),
        ("conversation", "its members are not those of its name",
            "SELECT key FROM conversation WHERE members <> coalesce((SELECT group_concat(user) FROM "
            + "(SELECT user FROM member WHERE conversation = conversation.key ORDER BY user)), '')"),

        // What is folded must be so, unless a later row says otherwise; what stands there some row must have said.
        ("device", "its label is not what the journal says",
            "WITH said AS MATERIALIZED (SELECT subject, seq, CAST(body AS TEXT) AS label FROM journal WHERE kind = 10), "
            + "folded AS MATERIALIZED (SELECT subject, max(seq) AS seq FROM said WHERE seq <= (SELECT projected_seq FROM ledger) "
            + "GROUP BY subject) "
            + "SELECT key FROM device LEFT JOIN folded ON folded.subject = key "
            + "WHERE (folded.seq IS NOT NULL OR label <> '') AND NOT EXISTS (SELECT 1 FROM said WHERE said.subject = key "
            + "AND said.label = device.label AND said.seq >= coalesce(folded.seq, 0))"),
        // Retention has left nothing up to there, and something right behind it, or nothing that it has passed.
        ("emptied", "is not where the user's sequence holds something again",
            "SELECT user FROM emptied WHERE through + 1 <> coalesce("
            + "(SELECT signal_offset FROM entry JOIN journal ON journal.seq = entry.seq WHERE entry.user = emptied.user "
            + "AND (entry.seq > (SELECT passed_seq FROM retention) OR kind NOT IN (1, 7)) ORDER BY signal_offset LIMIT 1), "
            + "(SELECT max(signal_offset) + 1 FROM entry WHERE entry.user = emptied.user), 0)"),
        ("emptied", "is missing",
            "SELECT key FROM user JOIN entry ON entry.user = key AND signal_offset = 1 JOIN journal ON journal.seq = entry.seq "
            + "WHERE entry.seq <= (SELECT passed_seq FROM retention) AND kind IN (1, 7) AND key NOT IN (SELECT user FROM emptied)"),
        ("block", "is not as the journal says",
            "WITH said AS MATERIALIZED (SELECT user, CAST(body AS TEXT) AS name, kind, seq FROM journal WHERE kind IN (8, 9)), "
            + "folded AS MATERIALIZED (SELECT user, name, kind, max(seq) AS seq FROM said "
            + "WHERE seq <= (SELECT projected_seq FROM ledger) GROUP BY user, name) "
            + "SELECT user || ',' || name FROM folded WHERE (kind = 8) <> EXISTS (SELECT 1 FROM block "
            + "WHERE block.user = folded.user AND block.name = folded.name) AND NOT EXISTS (SELECT 1 FROM said "
            + "WHERE said.user = folded.user AND said.name = folded.name AND said.seq > folded.seq) "
            + "UNION ALL SELECT user || ',' || name FROM "
            + "(SELECT user, name FROM block EXCEPT SELECT user, name FROM said WHERE kind = 8)"),
    ];

    private static void Entries(JournalRecord record, Expect expect)
    {
        var message = record as MessageRecord;
        for (var place = 0; place < record.Header.Entries.Length; place++)
        {
            var entry = record.Header.Entries[place];
            if (entry.Offset == SignalOffset.None)
                continue; // the sequence was full
            if (message is null)
                expect(entry.User.Value, entry.Offset.Value, record.Sequence, place, RowTable.Null, RowTable.Null, RowTable.Null);
            else
                expect(
                    entry.User.Value, entry.Offset.Value, record.Sequence, place, message.Conversation.Value,
                    message.UserOffset.Value, message.Header.User.Value);
        }
    }
}
