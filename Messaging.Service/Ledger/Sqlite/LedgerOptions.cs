using System.ComponentModel.DataAnnotations;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>Where the ledger is and how much of it is kept in memory.</summary>
public sealed record LedgerOptions
{
    /// <summary>
    /// The database file; its folder is created if missing. Beside it stand its write-ahead log, a lock file and a head file.
    /// Default: set by the host. Never put it under the content root: each write would wake the file watcher.
    /// </summary>
    [Required]
    public string Path { get; init; } = "";

    /// <summary>
    /// How much work may wait for the writer, in submissions. Default 8,192. Smaller stops the streams sooner when
    /// the disk is slow; larger costs memory.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxWaiting { get; init; } = 8_192;

    /// <summary>
    /// How many submissions share one commit at most. Default 1,024. Smaller costs throughput; larger makes the first
    /// of a batch wait for the last.
    /// </summary>
    [Range(1, 100_000)]
    public int MaxBatch { get; init; } = 1_024;

    /// <summary>
    /// How many journal rows are kept in memory before they are folded into the projections. Default 16,384. Smaller
    /// makes folding touch more pages per row; larger costs memory and makes a start after a crash longer.
    /// </summary>
    [Range(16, 10_000_000)]
    public int TailRows { get; init; } = 16_384;

    /// <summary>How many bytes of bodies those rows may hold before they are folded. Default 64 MiB.</summary>
    [Range(1L << 20, 1L << 40)]
    public long TailBytes { get; init; } = 64L << 20;

    /// <summary>
    /// How long folding may hold up a batch while the tail is no longer than it should be. Default 2 ms; the clock is
    /// read once in 64 writes. Shorter spreads a fold over more batches; longer makes their answers come later.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:01")]
    public TimeSpan FoldSlice { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// How many pages of 8 KiB go into the write-ahead log before they are copied into the database. Default 2,048. Smaller
    /// copies pages more often; larger makes the log longer, and a start after a crash.
    /// </summary>
    [Range(16, 1_000_000)]
    public int CheckpointPages { get; init; } = 2_048;

    /// <summary>
    /// How many users and conversations are kept in memory before idle ones are dropped. Default 100,000. Smaller
    /// loads them from disk more often.
    /// </summary>
    [Range(16, 100_000_000)]
    public int ActiveStates { get; init; } = 100_000;

    /// <summary>
    /// How many messages of one stream may wait behind a refused one for their turn (protocol §4). Default 4,096. The
    /// stream of a client that sends more ends.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxFenced { get; init; } = 4_096;

    /// <summary>
    /// How many entries of a user's sequence may be unacknowledged by every device of theirs before messages to them are
    /// refused for now (protocol §9). Default 1,000,000. Smaller refuses messages to users who are away for long; larger
    /// lets one sender fill the disk.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int Quota { get; init; } = 1_000_000;

    /// <summary>
    /// How many devices a user may have, those that were revoked not counted (protocol §11). Default 64. Smaller turns away
    /// people with many devices, and backends whose instances name themselves anew; larger costs memory and time per user.
    /// </summary>
    [Range(1, 100_000)]
    public int MaxDevices { get; init; } = 64;

    /// <summary>
    /// How many users one may block (protocol §11). Default 1,000. All of them are in memory while the user is active;
    /// larger makes it longer to load such a user.
    /// </summary>
    [Range(0, 100_000)]
    public int MaxBlocked { get; init; } = 1_000;

    /// <summary>How many queues are read from disk at the same time. Default 2.</summary>
    [Range(1, 64)]
    public int Readers { get; init; } = 2;

    /// <summary>How many pages of history are read from disk at the same time, beside the queues. Default 1.</summary>
    [Range(1, 64)]
    public int HistoryReaders { get; init; } = 1;

    /// <summary>
    /// How often the head file beside the ledger is brought up to date. Default 5 s. Shorter costs a small file and two
    /// syncs as often while there is work; what was accepted within it goes unseen where the ledger is put back.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan HeadInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How many rows of the journal are checked for rot each second, off the answer path; 0 for none. Default 200. Smaller
    /// finds it later; larger reads more of the disk beside the work.
    /// </summary>
    [Range(0, 1_000_000)]
    public int ScrubRows { get; init; } = 200;

    /// <summary>
    /// How long the write-ahead log may become while a verb reads beside the service; past it the verb ends, so that the log
    /// can begin anew. Default 1 GiB. Smaller makes verbs fail beside a busy service; larger lets one that hangs fill the disk.
    /// </summary>
    [Range(1L << 20, 1L << 50)]
    public long ReaderLogBytes { get; init; } = DefaultReaderLogBytes;

    internal const long DefaultReaderLogBytes = 1L << 30;

    /// <summary>What is removed in the end; a section of its own in the settings.</summary>
    internal RetentionOptions Retention { get; init; } = new();

    /// <summary>No setting: what a test has in its hand.</summary>
    internal WriterSeams Seams { get; init; } = new();
}
