using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>How a record stands in a row of the journal, both ways, and the checksum that guards it.</summary>
internal static class JournalRow
{
    /// <summary>The columns in the order in which <see cref="Bind"/> and <see cref="Read"/> count them.</summary>
    public const string Columns =
        "seq, kind, id, user, device, stream, conversation, user_offset, entries, cursor, settled, recorded_at, "
        + "digest, body, body_hash, checksum";

    public const int ColumnCount = 16;

    /// <summary>Binds a record to the parameters of an insert of all columns.</summary>
    public static void Bind(Statement insert, JournalRecord record, ArrayBufferWriter<byte> scratch)
    {
        scratch.ResetWrittenCount();
        EntryCodec.Write(record.Entries, scratch);
        var entryBytes = scratch.WrittenCount;

        insert.Bind(1, record.Sequence).Bind(2, (long)KindOf(record));
        insert.Bind(4, record.Header.User.Value).Bind(5, record.Header.Device.Value).Bind(6, record.Stream.Value);
        insert.Bind(9, scratch.WrittenSpan);
        insert.Bind(10, record.Header.Cursor.Value).Bind(11, record.Header.SettledTo.Value);
        insert.Bind(12, record.RecordedAt);

        var bodyHash = 0L;
        switch (record)
        {
            case MessageRecord message:
                bodyHash = (long)XxHash64.HashToUInt64(message.Body.Span);
                Span<byte> digest = stackalloc byte[16];
                WriteDigest(message.Digest, digest);
                insert.Bind(3, message.Id).Bind(7, message.Conversation.Value).Bind(8, message.UserOffset.Value);
                insert.Bind(13, digest).Bind(14, message.Body.Span).Bind(15, bodyHash);
                break;
            case ReceiptRecord receipt:
                insert.BindNull(3).Bind(7, receipt.Conversation.Value).Bind(8, receipt.UpTo.Value);
                insert.BindNull(13).BindNull(14).BindNull(15);
                break;
            default:
                insert.BindNull(3).BindNull(7).BindNull(8).BindNull(13).BindNull(14).BindNull(15);
                break;
        }

        insert.Bind(16, Checksum(record, scratch.WrittenSpan[..entryBytes], bodyHash));
    }

    /// <summary>Reads a record whose columns begin at <paramref name="first"/>.</summary>
    /// <exception cref="LedgerUnusableException">The row is not what was written.</exception>
    public static JournalRecord Read(Statement row, int first, Names names)
    {
        var user = new UserKey(row.Int64(first + 3));
        var device = new DeviceKey(row.Int64(first + 4));
        var header = new RecordHeader
        {
            Sequence = row.Int64(first),
            User = user,
            Device = device,
            Author = new Party(names.Of(user), names.Of(device)),
            Stream = new StreamNumber(row.Int64(first + 5)),
            Entries = EntryCodec.Read(row.Blob(first + 8), names.Of),
            Cursor = new SignalOffset(row.Int32(first + 9)),
            SettledTo = new SignalOffset(row.Int32(first + 10)),
            RecordedAt = row.Int64(first + 11),
        };

        var kind = (JournalKind)row.Int32(first + 1);
        JournalRecord record = kind switch
        {
            JournalKind.Message => new MessageRecord(header)
            {
                Id = row.Text(first + 2),
                Conversation = new ConversationKey(row.Int64(first + 6)),
                UserOffset = new UserOffset(row.Int32(first + 7)),
                Digest = ReadDigest(row.Blob(first + 12)),
                Body = row.Blob(first + 13).ToArray(),
            },
            JournalKind.Received or JournalKind.Read => new ReceiptRecord(header)
            {
                Kind = kind == JournalKind.Received ? ReceiptKind.Received : ReceiptKind.Read,
                Conversation = new ConversationKey(row.Int64(first + 6)),
                UpTo = new UserOffset(row.Int32(first + 7)),
            },
            JournalKind.Cursor => new CursorRecord(header),
            JournalKind.Stream => new StreamRecord(header),
            _ => throw Damaged(header.Sequence),
        };

        var bodyHash = row.IsNull(first + 14) ? 0L : row.Int64(first + 14);
        if (row.Int64(first + 15) != Checksum(record, row.Blob(first + 8), bodyHash))
            throw Damaged(header.Sequence);
        if (record is MessageRecord { Body: var body } && !row.IsNull(first + 13)
            && (long)XxHash64.HashToUInt64(body.Span) != bodyHash)
            throw Damaged(header.Sequence);
        return record;
    }

    private static JournalKind KindOf(JournalRecord record) => record switch
    {
        MessageRecord => JournalKind.Message,
        ReceiptRecord { Kind: ReceiptKind.Received } => JournalKind.Received,
        ReceiptRecord { Kind: ReceiptKind.Read } => JournalKind.Read,
        CursorRecord => JournalKind.Cursor,
        StreamRecord => JournalKind.Stream,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static long Checksum(JournalRecord record, ReadOnlySpan<byte> entries, long bodyHash)
    {
        var message = record as MessageRecord;
        var receipt = record as ReceiptRecord;

        Span<byte> fields = stackalloc byte[13 * sizeof(long)];
        var at = 0;
        Add(fields, ref at, record.Sequence);
        Add(fields, ref at, (long)KindOf(record));
        Add(fields, ref at, record.Header.User.Value);
        Add(fields, ref at, record.Header.Device.Value);
        Add(fields, ref at, record.Stream.Value);
        Add(fields, ref at, (message?.Conversation ?? receipt?.Conversation)?.Value ?? 0);
        Add(fields, ref at, (message?.UserOffset ?? receipt?.UpTo)?.Value ?? 0);
        Add(fields, ref at, record.Header.Cursor.Value);
        Add(fields, ref at, record.Header.SettledTo.Value);
        Add(fields, ref at, record.RecordedAt);
        Add(fields, ref at, (long)(message?.Digest.High ?? 0));
        Add(fields, ref at, (long)(message?.Digest.Low ?? 0));
        Add(fields, ref at, bodyHash);

        // Each part seeds the next, so that bytes can't move from one to another unseen.
        var seed = (long)XxHash64.HashToUInt64(fields);
        seed = (long)XxHash64.HashToUInt64(entries, seed);
        if (message is null)
            return seed;

        Span<byte> id = stackalloc byte[512];
        var idBytes = Encoding.UTF8.GetByteCount(message.Id) <= id.Length
            ? id[..Encoding.UTF8.GetBytes(message.Id, id)]
            : Encoding.UTF8.GetBytes(message.Id);
        return (long)XxHash64.HashToUInt64(idBytes, seed);

        static void Add(Span<byte> fields, ref int at, long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(fields[at..], value);
            at += sizeof(long);
        }
    }

    private static void WriteDigest(MessageDigest digest, Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, digest.High);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], digest.Low);
    }

    public static MessageDigest ReadDigest(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[8..]));

    private static LedgerUnusableException Damaged(long sequence) =>
        new($"The ledger is damaged: row {sequence} of the journal is not what was written.");
}
