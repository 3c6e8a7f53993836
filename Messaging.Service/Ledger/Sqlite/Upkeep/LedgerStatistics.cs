using Dapper;
using Messaging.Service.Ledger.Sqlite.Retaining;
using Messaging.Service.Ledger.Sqlite.Verifying;
using Microsoft.Data.Sqlite;

namespace Messaging.Service.Ledger.Sqlite.Upkeep;

/// <summary>How much a ledger holds.</summary>
internal sealed record LedgerStatistics
{
    public required string Path { get; init; }

    public required string Epoch { get; init; }

    /// <summary>Rows of the journal by what they are.</summary>
    public required IReadOnlyDictionary<string, long> Rows { get; init; }

    /// <summary>Rows of the journal that are not folded into the tables yet.</summary>
    public required long Unfolded { get; init; }

    public required long Users { get; init; }

    public required long Devices { get; init; }

    public required long Conversations { get; init; }

    /// <summary>Places in users' sequences that have been folded.</summary>
    public required long Entries { get; init; }

    /// <summary>When the first row was recorded; null where there is none.</summary>
    public required DateTimeOffset? Oldest { get; init; }

    public required DateTimeOffset? Newest { get; init; }

    public required long FileBytes { get; init; }

    /// <summary>The write-ahead log's.</summary>
    public required long LogBytes { get; init; }

    /// <summary>Of the file's, those that <c>ledger compact</c> would give back.</summary>
    public required long FreeBytes { get; init; }

    /// <summary>What clients sent: bodies alone.</summary>
    public required long BodyBytes { get; init; }

    /// <summary>Messages and reports whose bodies retention has removed.</summary>
    public required long Removed { get; init; }

    /// <summary>The bytes of those bodies.</summary>
    public required long RemovedBytes { get; init; }

    /// <summary>The file's used bytes by its messages; 0 where there is none.</summary>
    public required long BytesPerMessage { get; init; }

    /// <summary>The row that the head file names; null where there is no such file.</summary>
    public required long? HeadRow { get; init; }

    /// <exception cref="LedgerUnusableException">It can't be read.</exception>
    /// <exception cref="LogTooLongException">The log of a service at work has become too long meanwhile.</exception>
    public static LedgerStatistics Read(string path, long mostLogBytes = LedgerOptions.DefaultReaderLogBytes)
    {
        using var ledger = LedgerSnapshot.Open(path, mostLogBytes);
        try
        {
            return Read(path, ledger);
        }
        catch (SqliteException)
        {
            ledger.ThrowIfEnded();
            throw;
        }
    }

    private static LedgerStatistics Read(string path, LedgerSnapshot ledger)
    {
        var connection = ledger.Connection;
        var kinds = connection.Query<(long Kind, long Rows, long? Bytes, long Oldest, long Newest)>(
            "SELECT kind, count(*), sum(length(body)), min(recorded_at), max(recorded_at) FROM journal GROUP BY kind ORDER BY kind")
            .ToList();
        var pageBytes = connection.ExecuteScalar<long>("PRAGMA page_size");
        var free = connection.ExecuteScalar<long>("PRAGMA freelist_count") * pageBytes;
        var used = (connection.ExecuteScalar<long>("PRAGMA page_count") * pageBytes) - free;
        var messages = kinds.FirstOrDefault(kind => kind.Kind == (long)JournalKind.Message).Rows;
        var log = new FileInfo(path + "-wal");
        var retention = RetentionStanding.Read(connection.Handle!);
        return new LedgerStatistics
        {
            Path = path,
            Epoch = ledger.Epoch,
            Rows = kinds.ToDictionary(kind => NameOf(kind.Kind), kind => kind.Rows),
            Unfolded = connection.ExecuteScalar<long>("SELECT count(*) FROM journal WHERE seq > @Folded", ledger),
            Users = Count("user"),
            Devices = Count("device"),
            Conversations = Count("conversation"),
            Entries = Count("entry"),
            Oldest = kinds.Count > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(kinds.Min(kind => kind.Oldest)) : null,
            Newest = kinds.Count > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(kinds.Max(kind => kind.Newest)) : null,
            FileBytes = new FileInfo(path).Length,
            LogBytes = log.Exists ? log.Length : 0,
            FreeBytes = free,
            BodyBytes = kinds.Sum(kind => kind.Bytes ?? 0),
            Removed = retention.Removed,
            RemovedBytes = retention.RemovedBytes,
            BytesPerMessage = messages > 0 ? used / messages : 0,
            HeadRow = LedgerHead.Read(path, out _)?.Sequence,
        };

        long Count(string table) => connection.ExecuteScalar<long>($"SELECT count(*) FROM {table}");
    }

    private static string NameOf(long kind) =>
        Enum.GetName((JournalKind)kind)?.ToLowerInvariant() ?? $"kind {kind}";
}
