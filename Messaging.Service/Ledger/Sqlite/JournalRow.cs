using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Hashing;
using System.Text;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>How a record stands in a row of the journal, both ways, and the checksum that guards it.</summary>
internal static class JournalRow
{
    /// <summary>The columns in the order of <see cref="Column"/>.</summary>
    public const string Columns = BeforeBody + "body" + BehindBody;

    /// <summary>The same, of messages and reports as if retention had emptied them.</summary>
    public const string ColumnsWithoutBody = BeforeBody + "iif(kind IN (1, 7), NULL, body)" + BehindBody;

    public const int ColumnCount = 17;

    private const string BeforeBody =
        "seq, kind, id, user, device, stream, conversation, user_offset, entries, subject, cursor, settled, recorded_at, digest, ";

    private const string BehindBody = ", body_hash, checksum";

    private const int OnStack = 1024;

    private enum Column
    {
        Sequence,
        Kind,
        Id,
        User,
        Device,
        Stream,
        Conversation,
        UserOffset,
        Entries,
        Subject,
        Cursor,
        Settled,
        RecordedAt,
        Digest,
        Body,
        BodyHash,
        Checksum,
    }

    /// <summary>Binds a record to the parameters of an insert of all columns.</summary>
    public static void Bind(Statement insert, JournalRecord record, ArrayBufferWriter<byte> scratch)
    {
        var header = record.Header;
        var facts = Facts.Of(record);
        scratch.ResetWrittenCount();
        EntryCodec.Write(header.Entries, scratch);

        insert.Bind(Parameter(Column.Sequence), header.Sequence);
        insert.Bind(Parameter(Column.Kind), (long)facts.Kind);
        insert.Bind(Parameter(Column.User), header.User.Value);
        insert.Bind(Parameter(Column.Device), header.Device.Value);
        insert.Bind(Parameter(Column.Stream), header.Stream.Value);
        insert.Bind(Parameter(Column.Conversation), facts.Conversation);
        insert.Bind(Parameter(Column.UserOffset), facts.UserOffset);
        insert.Bind(Parameter(Column.Entries), scratch.WrittenSpan);
        insert.Bind(Parameter(Column.Subject), facts.Subject);
        insert.Bind(Parameter(Column.Cursor), header.Cursor.Value);
        insert.Bind(Parameter(Column.Settled), header.SettledTo.Value);
        insert.Bind(Parameter(Column.RecordedAt), header.RecordedAt);

        var bodyHash = 0L;
        if (HasBody(facts.Kind))
        {
            bodyHash = Hash(facts.Body.Span);
            insert.Bind(Parameter(Column.Body), facts.Body.Span);
        }
        else
        {
            insert.BindNull(Parameter(Column.Body));
        }

        if (record is MessageRecord message)
        {
            Span<byte> digest = stackalloc byte[16];
            BinaryPrimitives.WriteUInt64BigEndian(digest, message.Digest.High);
            BinaryPrimitives.WriteUInt64BigEndian(digest[8..], message.Digest.Low);
            insert.Bind(Parameter(Column.Id), message.Id).Bind(Parameter(Column.Digest), digest);
        }
        else
        {
            insert.BindNull(Parameter(Column.Id)).BindNull(Parameter(Column.Digest));
        }

        insert.Bind(Parameter(Column.BodyHash), bodyHash);
        insert.Bind(Parameter(Column.Checksum), Checksum(record, facts, scratch.WrittenSpan, bodyHash));
    }

    /// <summary>Reads a record whose columns begin at <paramref name="first"/>.</summary>
    /// <exception cref="LedgerUnusableException">The row is not what was written.</exception>
    public static JournalRecord Read(Statement row, int first, Names names)
    {
        int At(Column column) => first + (int)column;
        DeviceKey TargetOf(Statement row) => new(row.Int64(At(Column.Subject)));

        RequireIntact(row, first);
        var user = new UserKey(row.Int64(At(Column.User)));
        var device = new DeviceKey(row.Int64(At(Column.Device)));
        var header = new RecordHeader
        {
            Sequence = row.Int64(At(Column.Sequence)),
            User = user,
            Device = device,
            Author = new Party(names.Of(user), names.Of(device)),
            Stream = new StreamNumber(row.Int64(At(Column.Stream))),
            Entries = EntryCodec.Read(row.Blob(At(Column.Entries)), names.Of),
            Cursor = new SignalOffset(row.Int32(At(Column.Cursor))),
            SettledTo = new SignalOffset(row.Int32(At(Column.Settled))),
            RecordedAt = row.Int64(At(Column.RecordedAt)),
        };

        var kind = (JournalKind)row.Int32(At(Column.Kind));
        var conversation = new ConversationKey(row.Int64(At(Column.Conversation)));
        var userOffset = new UserOffset(row.Int32(At(Column.UserOffset)));
        return kind switch
        {
            JournalKind.Message => new MessageRecord(header)
            {
                Id = row.Text(At(Column.Id)),
                Conversation = conversation,
                UserOffset = userOffset,
                Digest = ReadDigest(row.Blob(At(Column.Digest))),
                Body = row.Blob(At(Column.Body)).ToArray(),
            },
            JournalKind.Received or JournalKind.Read or JournalKind.Played => new ReceiptRecord(header)
            {
                Kind = ReceiptKindOf(kind),
                Conversation = conversation,
                UpTo = userOffset,
                Subject = row.Int64(At(Column.Subject)),
            },
            JournalKind.Report => new ReportRecord(header)
            {
                Conversation = conversation,
                UserOffset = userOffset,
                Subject = row.Int64(At(Column.Subject)),
                Text = Encoding.UTF8.GetString(row.Blob(At(Column.Body))),
            },
            JournalKind.Cursor => new CursorRecord(header),
            JournalKind.Stream => new StreamRecord(header),
            JournalKind.Blocked or JournalKind.Unblocked => new BlockRecord(header)
            {
                Blocked = Encoding.UTF8.GetString(row.Blob(At(Column.Body))),
                IsLifted = kind == JournalKind.Unblocked,
            },
            JournalKind.Labelled => new LabelRecord(header)
            {
                Target = TargetOf(row),
                TargetName = names.Of(TargetOf(row)),
                Label = Encoding.UTF8.GetString(row.Blob(At(Column.Body))),
            },
            JournalKind.Revoked => new RevocationRecord(header)
            {
                Target = TargetOf(row),
                TargetName = names.Of(TargetOf(row)),
            },
            _ => throw Damaged(header.Sequence),
        };
    }

    /// <summary>Whether a message's or report's body is gone, and how many bytes it has.</summary>
    public static (bool IsEmptied, long Bytes) Weigh(Statement row, int first)
    {
        if (!CanBeEmptied((JournalKind)row.Int32(first + (int)Column.Kind)))
            return (false, 0);
        var body = first + (int)Column.Body;
        return (row.IsNull(body), row.Blob(body).Length);
    }

    /// <summary>Checks a row by its columns as they stand, before anything makes sense of them.</summary>
    /// <exception cref="LedgerUnusableException">It is not what was written.</exception>
    private static void RequireIntact(Statement row, int first)
    {
        int At(Column column) => first + (int)column;

        var digest = row.Blob(At(Column.Digest));
        var (high, low) = digest.Length == 16 ? ReadDigest(digest) : default;
        var bodyHash = row.Int64(At(Column.BodyHash));
        var sum = Checksum(
            [
                row.Int64(At(Column.Sequence)), row.Int64(At(Column.Kind)), row.Int64(At(Column.User)),
                row.Int64(At(Column.Device)), row.Int64(At(Column.Stream)), row.Int64(At(Column.Conversation)),
                row.Int64(At(Column.UserOffset)), row.Int64(At(Column.Subject)), row.Int64(At(Column.Cursor)),
                row.Int64(At(Column.Settled)), row.Int64(At(Column.RecordedAt)), (long)high, (long)low, bodyHash,
            ],
            row.Blob(At(Column.Entries)));
        if (!row.IsNull(At(Column.Id)))
            sum = Hash(row.Blob(At(Column.Id)), sum);
        var kind = (JournalKind)row.Int64(At(Column.Kind));
        var isBodySound = row.IsNull(At(Column.Body))
            ? CanBeEmptied(kind) || !HasBody(kind)
            : Hash(row.Blob(At(Column.Body))) == bodyHash;
        if (sum != row.Int64(At(Column.Checksum)) || !isBodySound)
            throw Damaged(row.Int64(At(Column.Sequence)));
    }

    private static bool HasBody(JournalKind kind) => kind is JournalKind.Message or JournalKind.Report
        or JournalKind.Blocked or JournalKind.Unblocked or JournalKind.Labelled;

    /// <summary>Of the others the body is what they say, and is kept for ever.</summary>
    private static bool CanBeEmptied(JournalKind kind) => kind is JournalKind.Message or JournalKind.Report;

    private static int Parameter(Column column) => (int)column + 1;

    private static ReceiptKind ReceiptKindOf(JournalKind kind) => kind switch
    {
        JournalKind.Received => ReceiptKind.Received,
        JournalKind.Read => ReceiptKind.Read,
        JournalKind.Played => ReceiptKind.Played,
        _ => throw new UnreachableException(),
    };

    private static MessageDigest ReadDigest(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[8..]));

    private static long Hash(ReadOnlySpan<byte> bytes, long seed = 0) => (long)XxHash64.HashToUInt64(bytes, seed);

    private static long Hash(string text, long seed)
    {
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var bytes = most <= OnStack ? stackalloc byte[OnStack] : new byte[most];
        return Hash(bytes[..Encoding.UTF8.GetBytes(text, bytes)], seed);
    }

    private static long Checksum(JournalRecord record, in Facts facts, ReadOnlySpan<byte> entries, long bodyHash)
    {
        var header = record.Header;
        var message = record as MessageRecord;
        var sum = Checksum(
            [
                header.Sequence, (long)facts.Kind, header.User.Value, header.Device.Value, header.Stream.Value,
                facts.Conversation, facts.UserOffset, facts.Subject, header.Cursor.Value, header.SettledTo.Value,
                header.RecordedAt, (long)(message?.Digest.High ?? 0), (long)(message?.Digest.Low ?? 0), bodyHash,
            ],
            entries);
        return message is null ? sum : Hash(message.Id, sum);
    }

    private static long Checksum(ReadOnlySpan<long> fields, ReadOnlySpan<byte> entries)
    {
        Span<byte> bytes = stackalloc byte[fields.Length * sizeof(long)];
        for (var i = 0; i < fields.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(bytes[(i * sizeof(long))..], fields[i]);

        // Each part seeds the next, so that bytes can't move from one to another unseen.
        return Hash(entries, Hash(bytes));
    }

    private static LedgerUnusableException Damaged(long sequence) =>
        new($"The ledger is damaged: row {sequence} of the journal is not what was written.");

    /// <summary>The columns that depend on what kind of record it is.</summary>
    private readonly record struct Facts(
        JournalKind Kind, long Conversation = 0, long UserOffset = 0, long Subject = 0, ReadOnlyMemory<byte> Body = default)
    {
        public static Facts Of(JournalRecord record) => record switch
        {
            MessageRecord message => new(
                JournalKind.Message, message.Conversation.Value, message.UserOffset.Value, Body: message.Body),
            ReceiptRecord receipt => new(
                KindOf(receipt.Kind), receipt.Conversation.Value, receipt.UpTo.Value, receipt.Subject),
            ReportRecord report => new(
                JournalKind.Report, report.Conversation.Value, report.UserOffset.Value, report.Subject,
                Encoding.UTF8.GetBytes(report.Text)),
            CursorRecord => new(JournalKind.Cursor),
            StreamRecord => new(JournalKind.Stream),
            BlockRecord block => new(
                block.IsLifted ? JournalKind.Unblocked : JournalKind.Blocked, Body: Encoding.UTF8.GetBytes(block.Blocked)),
            LabelRecord label => new(
                JournalKind.Labelled, Subject: label.Target.Value, Body: Encoding.UTF8.GetBytes(label.Label)),
            RevocationRecord revocation => new(JournalKind.Revoked, Subject: revocation.Target.Value),
            _ => throw new UnreachableException(),
        };

        private static JournalKind KindOf(ReceiptKind kind) => kind switch
        {
            ReceiptKind.Received => JournalKind.Received,
            ReceiptKind.Read => JournalKind.Read,
            ReceiptKind.Played => JournalKind.Played,
            _ => throw new UnreachableException(),
        };
    }
}
