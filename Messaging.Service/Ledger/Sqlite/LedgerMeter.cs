using System.Diagnostics.Metrics;
using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>
/// What the ledger tells of itself. The writer counts a batch at a time; where things stand it leaves in fields, which are
/// read when somebody asks. Free where nobody listens, and never allocates.
/// </summary>
internal sealed class LedgerMeter : IDisposable
{
    private static readonly KeyValuePair<string, object?> IsAcknowledgement = new("messaging.operation.name", "acknowledge");
    private static readonly KeyValuePair<string, object?> IsRead = new("messaging.operation.name", "read");
    private static readonly KeyValuePair<string, object?> IsReport = new("messaging.operation.name", "report");
    private static readonly KeyValuePair<string, object?> IsBulk = new("messaging.checkpoint.part", "bulk");
    private static readonly KeyValuePair<string, object?> IsRest = new("messaging.checkpoint.part", "rest");

    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries =
            [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    };

    private static readonly InstrumentAdvice<int> Sizes = new()
    {
        HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    };

    private readonly Meter _meter;
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _signals;
    private readonly Counter<long> _refusedBatches;
    private readonly Histogram<int> _batchSize;
    private readonly Histogram<double> _batchDuration;
    private readonly Histogram<double> _commitDuration;
    private readonly Histogram<double> _foldDuration;
    private readonly Histogram<double> _checkpointDuration;
    private readonly Histogram<double> _retentionDuration;
    private readonly Counter<long> _removed;
    private readonly Counter<long> _removedBytes;

    // Of the batch under way.
    private int _size;
    private int _messages;
    private int _repeats;
    private int _acknowledgements;
    private int _reads;
    private int _reports;

    // Where the ledger stands, for whoever asks, on any thread.
    private long _sequence;
    private int _tailRows;
    private long _tailBytes;
    private int _users;
    private int _conversations;

    /// <param name="meter">Is disposed with this.</param>
    /// <param name="path">The ledger's file.</param>
    /// <param name="condition">What its operator must look into.</param>
    /// <param name="waiting">How many submissions wait for the writer; any thread.</param>
    public LedgerMeter(Meter meter, string path, LedgerCondition condition, Func<int> waiting)
    {
        _meter = meter;
        _accepted = meter.CreateCounter<long>(
            "messaging.server.accepted.messages", "{message}", "Messages that were stored.");
        _duplicates = meter.CreateCounter<long>(
            "messaging.server.duplicate.messages", "{message}", "Messages that came again and got their first answer.");
        _signals = meter.CreateCounter<long>(
            "messaging.server.recorded.signals", "{signal}", "Acknowledgements, reads and reports that hold.");
        _refusedBatches = meter.CreateCounter<long>(
            "messaging.server.ledger.refused.batches", "{batch}", "Batches that a full or busy disk did not take.");
        _batchSize = meter.CreateHistogram("messaging.server.ledger.batch.size", "{submission}", "Submissions that share a commit.", advice: Sizes);
        _batchDuration = Duration("messaging.server.ledger.batch.duration", "From taking a batch until its streams are woken.");
        _commitDuration = Duration("messaging.server.ledger.commit.duration", "One commit: writing the log, and its sync.");
        _foldDuration = Duration("messaging.server.ledger.fold.duration", "One slice of folding, within a batch.");
        _checkpointDuration = Duration(
            "messaging.server.ledger.checkpoint.duration", "Copying the log: the bulk beside the writer, the rest between batches.");

        _retentionDuration = Duration("messaging.server.ledger.retention.duration", "One step of retention, within a batch.");
        _removed = meter.CreateCounter<long>(
            "messaging.server.ledger.removed.bodies", "{body}", "Bodies of messages and texts of reports that retention has removed.");
        _removedBytes = meter.CreateCounter<long>("messaging.server.ledger.removed.size", "By", "The bytes that they had.");

        meter.CreateObservableGauge(
            "messaging.server.ledger.waiting", waiting, "{submission}", "Submissions that wait for the writer.");
        meter.CreateObservableGauge(
            "messaging.server.ledger.sequence", () => Volatile.Read(ref _sequence), "{row}", "The last row of the journal.");
        meter.CreateObservableGauge(
            "messaging.server.ledger.tail.rows", () => Volatile.Read(ref _tailRows), "{row}",
            "Rows in memory that are not folded yet.");
        meter.CreateObservableGauge(
            "messaging.server.ledger.tail.size", () => Volatile.Read(ref _tailBytes), "By", "Bytes of bodies in those rows.");
        meter.CreateObservableGauge(
            "messaging.server.ledger.active", Active, "{state}", "Users and conversations in memory.");
        meter.CreateObservableGauge(
            "messaging.server.ledger.file.size", () => FileSizes(path), "By", "The database and its write-ahead log.");
        meter.CreateObservableGauge(
            "messaging.server.ledger.damaged", () => condition.Damage is null ? 0 : 1, description: "The file is known to be damaged.");
        meter.CreateObservableGauge(
            "messaging.server.ledger.doubted", () => condition.Doubt is null ? 0 : 1,
            description: "A device claims to be ahead of the ledger.");
        meter.CreateObservableGauge(
            "messaging.server.ledger.disk.free", () => FreeOn(path), "By", "Room that is left where the ledger is.");

        // Who looks can tell that nothing has happened from nothing being told.
        _accepted.Add(0);
        _duplicates.Add(0);
        _refusedBatches.Add(0);
        _removed.Add(0);
        _removedBytes.Add(0);
        _signals.Add(0, IsAcknowledgement);
        _signals.Add(0, IsRead);
        _signals.Add(0, IsReport);

        Histogram<double> Duration(string name, string description) =>
            meter.CreateHistogram(name, "s", description, advice: Durations);
    }

    /// <summary>A batch is decided, and on disk or refused; its submissions are still the writer's own. Writer's thread only.</summary>
    public void Count(List<Submission> batch, bool isOnDisk)
    {
        _size = batch.Count;
        if (!isOnDisk)
        {
            _refusedBatches.Add(1);
            return;
        }

        foreach (var submission in batch)
        {
            switch (submission.Settlement)
            {
                case Settlement.Repeated:
                    _repeats++;
                    break;
                case Settlement.Recorded when submission is SendMessage:
                    _messages++;
                    break;
                case Settlement.Recorded when submission is Acknowledge:
                    _acknowledgements++;
                    break;
                case Settlement.Recorded when submission is MarkRead:
                    _reads++;
                    break;
                case Settlement.Recorded when submission is ReportError:
                    _reports++;
                    break;
            }
        }
    }

    /// <summary>The batch that was counted last is over: everybody has been told. Writer's thread only.</summary>
    public void BatchEnded(TimeSpan took, LedgerState state)
    {
        _batchSize.Record(_size);
        _batchDuration.Record(took.TotalSeconds);
        Add(_accepted, ref _messages);
        Add(_duplicates, ref _repeats);
        Add(_signals, ref _acknowledgements, IsAcknowledgement);
        Add(_signals, ref _reads, IsRead);
        Add(_signals, ref _reports, IsReport);
        Stands(state);
    }

    /// <summary>Leaves word of where the ledger stands. Writer's thread only, or before it runs.</summary>
    public void Stands(LedgerState state)
    {
        Volatile.Write(ref _sequence, state.LastSequence);
        Volatile.Write(ref _tailRows, state.Tail.Count);
        Volatile.Write(ref _tailBytes, state.TailBytes);
        Volatile.Write(ref _users, state.Active.Users);
        Volatile.Write(ref _conversations, state.Active.Conversations);
    }

    public void Committed(TimeSpan took) => _commitDuration.Record(took.TotalSeconds);

    public void Folded(TimeSpan took) => _foldDuration.Record(took.TotalSeconds);

    /// <summary>The log was copied, as far as that went. Any thread.</summary>
    public void Copied(TimeSpan took, bool isBulk) => _checkpointDuration.Record(took.TotalSeconds, isBulk ? IsBulk : IsRest);

    /// <summary>A step of retention is on disk. Any thread.</summary>
    public void Retained(TimeSpan took, int bodies, long bytes)
    {
        _retentionDuration.Record(took.TotalSeconds);
        _removed.Add(bodies);
        _removedBytes.Add(bytes);
    }

    public void Dispose() => _meter.Dispose();

    private static void Add(Counter<long> counter, ref int count)
    {
        if (count > 0)
            counter.Add(count);
        count = 0;
    }

    private static void Add(Counter<long> counter, ref int count, in KeyValuePair<string, object?> tag)
    {
        if (count > 0)
            counter.Add(count, tag);
        count = 0;
    }

    private Measurement<int>[] Active() =>
    [
        new(Volatile.Read(ref _users), new KeyValuePair<string, object?>("messaging.state.kind", "user")),
        new(Volatile.Read(ref _conversations), new KeyValuePair<string, object?>("messaging.state.kind", "conversation")),
    ];

    private static Measurement<long>[] FileSizes(string path) =>
    [
        new(SizeOf(path), new KeyValuePair<string, object?>("messaging.file", "database")),
        new(SizeOf(path + "-wal"), new KeyValuePair<string, object?>("messaging.file", "log")),
    ];

    private static long SizeOf(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? file.Length : 0;
    }

    private static IEnumerable<Measurement<long>> FreeOn(string path)
    {
        long free;
        try
        {
            free = new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(path))!).AvailableFreeSpace;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return []; // better no figure than a wrong one
        }

        return [new Measurement<long>(free)];
    }
}
