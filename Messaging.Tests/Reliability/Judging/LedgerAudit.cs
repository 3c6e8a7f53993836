using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Messaging.Tests.Reliability.Judging;

/// <summary>
/// The ledger's file as it stands, read with plain SQL and nothing of the service's own code: what it holds, and what
/// in it contradicts itself. It may be read beside a running service.
/// </summary>
internal sealed class LedgerAudit
{
    private readonly List<Violation> violations = [];
    private readonly Dictionary<long, string> users = [];
    private readonly Dictionary<long, DeviceName> devices = [];
    private readonly Dictionary<long, string[]> members = [];
    private readonly string path;

    private LedgerAudit(string path) => this.path = path;

    /// <summary>What the file says of itself that can't be.</summary>
    public IReadOnlyList<Violation> Violations => violations;

    public string Epoch { get; private set; } = "";

    /// <summary>The journal, in its order.</summary>
    public List<LedgerRow> Rows { get; } = [];

    /// <summary>By user, each offset of the sequence and the row that stands there.</summary>
    public Dictionary<string, SortedDictionary<int, LedgerRow>> Sequences { get; } = [];

    /// <summary>By conversation (user keys), each place and the message that stands there.</summary>
    public Dictionary<long, SortedDictionary<int, LedgerRow>> Timelines { get; } = [];

    public Dictionary<DeviceName, int> Cursors { get; } = [];

    public static LedgerAudit Read(string path)
    {
        var audit = new LedgerAudit(path);
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadOnly,
            Pooling = false,
        }.ConnectionString);
        connection.Open();
        using var transaction = connection.BeginTransaction(deferred: true);
        audit.ReadNames(connection);
        audit.ReadJournal(connection);
        audit.CheckNumbers();
        audit.CheckProjections(connection);
        audit.CheckIntegrity(connection);
        return audit;
    }

    /// <summary>Whether some text stands anywhere in the ledger's files.</summary>
    public bool Contains(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return new[] { path, path + "-wal" }.Where(File.Exists).Any(file =>
        {
            using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var content = new byte[open.Length];
            open.ReadExactly(content);
            return content.AsSpan().IndexOf(bytes) >= 0;
        });
    }

    private void ReadNames(SqliteConnection connection)
    {
        foreach (var row in Query(connection, "SELECT key, name FROM user"))
            users.Add(row.GetInt64(0), row.GetString(1));
        foreach (var row in Query(connection, "SELECT key, user, name FROM device"))
            devices.Add(row.GetInt64(0), new DeviceName(users[row.GetInt64(1)], row.GetString(2)));
        foreach (var row in Query(connection, "SELECT key, members FROM conversation"))
            members.Add(row.GetInt64(0), [.. row.GetString(1).Split(',').Select(key => users[long.Parse(key, CultureInfo.InvariantCulture)])]);
        foreach (var row in Query(connection, "SELECT epoch FROM ledger"))
            Epoch = row.GetString(0);
    }

    private void ReadJournal(SqliteConnection connection)
    {
        foreach (var row in Query(
            connection,
            "SELECT seq, kind, id, user, device, stream, conversation, user_offset, entries, subject, cursor, settled, "
            + "recorded_at, digest, body, body_hash, checksum FROM journal ORDER BY seq"))
        {
            var read = new LedgerRow(
                row.GetInt64(0), (LedgerRowKind)row.GetInt32(1), row.IsDBNull(2) ? "" : row.GetString(2),
                // A caller who is no device of the ledger may change an account.
                row.GetInt64(4) == 0 ? new DeviceName(users[row.GetInt64(3)], "") : devices[row.GetInt64(4)], row.GetInt64(6), row.GetInt32(7),
                [.. Places(row.GetFieldValue<byte[]>(8)).Select(place => (users[place.User], place.Offset, place.About))],
                row.GetInt32(10));
            if (!IsIntact(row))
                violations.Add(new Violation(Invariant.Torn, $"row {read.Sequence} of the journal is not what was written"));
            Rows.Add(read);
            Place(read);
        }
    }

    private void Place(LedgerRow row)
    {
        foreach (var (user, offset, _) in row.Places)
        {
            if (!Sequences.TryGetValue(user, out var sequence))
                Sequences.Add(user, sequence = []);
            if (!sequence.TryAdd(offset, row))
                violations.Add(new Violation(Invariant.Divergent, $"{user}'s offset {offset} is {sequence[offset]} and {row}"));
        }

        if (row.Kind == LedgerRowKind.Message)
        {
            if (!Timelines.TryGetValue(row.Conversation, out var timeline))
                Timelines.Add(row.Conversation, timeline = []);
            if (members[row.Conversation].Except(row.Places.Select(place => place.User)).FirstOrDefault() is { } without)
                violations.Add(new Violation(Invariant.Torn, $"{row} has no place in {without}'s sequence"));
            if (!timeline.TryAdd(row.UserOffset, row))
                violations.Add(new Violation(Invariant.ConvSplit, $"#{row.UserOffset} is {timeline[row.UserOffset]} and {row}"));
        }

        if (row.Cursor == 0)
            return;
        if (row.Cursor <= Cursors.GetValueOrDefault(row.Author))
            violations.Add(new Violation(Invariant.Regress, $"{row} moves the cursor back from {Cursors[row.Author]}"));
        Cursors[row.Author] = row.Cursor;
    }

    private void CheckNumbers()
    {
        foreach (var (user, sequence) in Sequences)
        {
            if (sequence.Keys.Last() != sequence.Count)
                violations.Add(new Violation(Invariant.Gap, $"{user}'s sequence ends at {sequence.Keys.Last()} and has {sequence.Count}"));
        }

        foreach (var (conversation, timeline) in Timelines)
        {
            if (timeline.Keys.Last() != timeline.Count)
                violations.Add(new Violation(Invariant.ConvGap, $"timeline {conversation} ends at {timeline.Keys.Last()} and has {timeline.Count}"));
        }

        foreach (var twice in Rows.Where(row => row.Kind == LedgerRowKind.Message).GroupBy(row => (row.Author.User, row.Id)).Where(same => same.Count() > 1))
            violations.Add(new Violation(Invariant.Duplicate, $"{twice.Key} is in {twice.Count()} rows"));
    }

    /// <summary>Everything folded stands in the tables that are read from, just as the journal has it.</summary>
    private void CheckProjections(SqliteConnection connection)
    {
        foreach (var row in Query(
            connection,
            "SELECT count(*) FROM (SELECT 1 FROM ledger, journal WHERE seq <= projected_seq AND kind = 1 "
            + "AND NOT EXISTS (SELECT 1 FROM message WHERE message.conversation = journal.conversation "
            + "AND message.user_offset = journal.user_offset AND message.seq = journal.seq))"))
        {
            if (row.GetInt64(0) > 0)
                violations.Add(new Violation(Invariant.Torn, $"{row.GetInt64(0)} folded messages are not in their timeline"));
        }

        foreach (var row in Query(
            connection,
            "SELECT count(*) FROM ledger, (SELECT user, CAST(body AS TEXT) AS name, kind, max(seq) AS seq FROM journal "
            + "WHERE kind IN (8, 9) GROUP BY user, body) AS last WHERE last.seq <= projected_seq AND (last.kind = 8) <> "
            + "EXISTS (SELECT 1 FROM block WHERE block.user = last.user AND block.name = last.name)"))
        {
            if (row.GetInt64(0) > 0)
                violations.Add(new Violation(Invariant.Torn, $"{row.GetInt64(0)} folded blocks are not as the journal has them"));
        }

        foreach (var row in Query(
            connection,
            "SELECT count(*) FROM ledger, (SELECT subject, kind, CAST(body AS TEXT) AS label, max(seq) AS seq FROM journal "
            + "WHERE kind IN (10, 11) GROUP BY subject, kind) AS last JOIN device ON device.key = last.subject "
            + "WHERE last.seq <= projected_seq "
            + "AND CASE last.kind WHEN 10 THEN device.label <> last.label ELSE device.revoked <> last.seq END"))
        {
            if (row.GetInt64(0) > 0)
                violations.Add(new Violation(Invariant.Torn, $"{row.GetInt64(0)} folded labels and removals are not as the journal has them"));
        }

        var projected = Query(connection, "SELECT projected_seq FROM ledger").Select(row => row.GetInt64(0)).Single();
        var keys = users.ToDictionary(user => user.Value, user => user.Key);
        var entries = Query(connection, "SELECT user, signal_offset, seq FROM entry")
            .ToDictionary(row => (row.GetInt64(0), row.GetInt32(1)), row => row.GetInt64(2));
        foreach (var row in Rows.TakeWhile(row => row.Sequence <= projected))
        {
            foreach (var (user, offset, _) in row.Places)
            {
                if (entries.GetValueOrDefault((keys[user], offset)) != row.Sequence)
                    violations.Add(new Violation(Invariant.Torn, $"{user}'s offset {offset} was folded, and {row} does not stand there"));
            }
        }

        foreach (var entry in entries.Where(entry => entry.Value > Rows.LastOrDefault()?.Sequence || entry.Value <= 0))
            violations.Add(new Violation(Invariant.Phantom, $"an entry at {entry.Key} names row {entry.Value}, which is not there"));
    }

    private void CheckIntegrity(SqliteConnection connection)
    {
        foreach (var row in Query(connection, "PRAGMA integrity_check"))
        {
            if (row.GetString(0) is not "ok" and var complaint)
                violations.Add(new Violation(Invariant.Torn, $"the file is damaged: {complaint}"));
        }
    }

    private static IEnumerable<SqliteDataReader> Query(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text is a constant above.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        while (reader.Read())
            yield return reader;
    }

    /// <summary>User key (8 bytes), offset (4), length of the id (2), id.</summary>
    private static IEnumerable<(long User, int Offset, string About)> Places(byte[] column)
    {
        for (var at = 0; at < column.Length;)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(column.AsSpan(at + 12));
            yield return (
                BinaryPrimitives.ReadInt64LittleEndian(column.AsSpan(at)),
                BinaryPrimitives.ReadInt32LittleEndian(column.AsSpan(at + 8)),
                Encoding.UTF8.GetString(column, at + 14, length));
            at += 14 + length;
        }
    }

    /// <summary>The row's own checksum, worked out again.</summary>
    private static bool IsIntact(SqliteDataReader row)
    {
        var body = row.IsDBNull(14) ? null : row.GetFieldValue<byte[]>(14);
        if (body is not null && Hash(body, 0) != row.GetInt64(15))
            return false;

        Span<byte> fields = stackalloc byte[14 * sizeof(long)];
        var digest = row.IsDBNull(13) ? new byte[16] : row.GetFieldValue<byte[]>(13);
        ReadOnlySpan<long> numbers =
        [
            row.GetInt64(0), row.GetInt64(1), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.GetInt64(6),
            row.GetInt64(7), row.GetInt64(9), row.GetInt64(10), row.GetInt64(11), row.GetInt64(12),
            BinaryPrimitives.ReadInt64BigEndian(digest), BinaryPrimitives.ReadInt64BigEndian(digest.AsSpan(8)), row.GetInt64(15),
        ];
        for (var i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(fields[(i * sizeof(long))..], numbers[i]);
        var sum = Hash(row.GetFieldValue<byte[]>(8), Hash(fields, 0));
        return (row.IsDBNull(2) ? sum : Hash(Encoding.UTF8.GetBytes(row.GetString(2)), sum)) == row.GetInt64(16);
    }

    private static long Hash(ReadOnlySpan<byte> bytes, long seed) => (long)XxHash64.HashToUInt64(bytes, seed);
}

/// <summary>One row of the journal.</summary>
/// <param name="Sequence">Its place.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Id">The client's id of a message.</param>
/// <param name="Author">Who did it.</param>
/// <param name="Conversation">Its key.</param>
/// <param name="UserOffset">Of a message, its place; of a receipt, the watermark.</param>
/// <param name="Places">By user, the offsets that it took, and the id it is about there.</param>
/// <param name="Cursor">Where it moved the author's cursor; 0 where it did not.</param>
internal sealed record LedgerRow(
    long Sequence, LedgerRowKind Kind, string Id, DeviceName Author, long Conversation, int UserOffset,
    IReadOnlyList<(string User, int Offset, string About)> Places, int Cursor)
{
    public override string ToString() => $"row {Sequence} ({Kind} {Author} {Id} #{UserOffset})";
}

internal enum LedgerRowKind
{
    Message = 1,
    Received = 2,
    Read = 3,
    Cursor = 4,
    Stream = 5,
    Played = 6,
    Report = 7,
    Blocked = 8,
    Unblocked = 9,
    Labelled = 10,
    Revoked = 11,
}
