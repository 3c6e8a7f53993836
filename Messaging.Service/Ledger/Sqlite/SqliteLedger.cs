using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Messaging.Service.Ledger.Sqlite.Retaining;
using Messaging.Service.Ledger.Sqlite.Rules;
using Messaging.Service.Ledger.Sqlite.State;
using Messaging.Service.Ledger.Sqlite.Upkeep;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>
/// The ledger in one SQLite file: an append-only journal with one writer, and the projections behind it. See
/// docs/architecture.md.
/// </summary>
public sealed class SqliteLedger : ILedger
{
    private readonly Channel<Submission> _work;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Stack<IDisposable> _parts;
    private readonly LedgerWriter _writer;
    private readonly ReaderPool<HistoryReader> _history;
    private readonly Func<LedgerUpkeep> _newUpkeep;
    private readonly ILogger _logger;
    private Thread? _thread;
    private LedgerUpkeep? _upkeep;

    private SqliteLedger(
        string epoch, Channel<Submission> work, Stack<IDisposable> parts, LedgerWriter writer,
        ReaderPool<HistoryReader> history, Func<LedgerUpkeep> newUpkeep, ILogger logger)
    {
        Epoch = epoch;
        (_work, _parts, _writer, _history, _newUpkeep, _logger) = (work, parts, writer, history, newUpkeep, logger);
    }

    /// <inheritdoc/>
    public string Epoch { get; }

    /// <inheritdoc/>
    public Task Completion => _completion.Task;

    /// <summary>Opens the ledger, creating it if it is missing, and replays what was not folded.</summary>
    /// <param name="options">Where, and how much of it is kept in memory.</param>
    /// <param name="time">The server's clock.</param>
    /// <param name="logger">Where it says what befalls it.</param>
    /// <param name="condition">Where it says what its operator must look into.</param>
    /// <param name="meter">Where it tells how it fares; to nobody if left out.</param>
    /// <param name="policy">Who may write to whom; by the users' block lists, if left out.</param>
    /// <exception cref="LedgerUnusableException">
    /// It is in use by another service, damaged, of a later version, not the one that was last served here, or can't be
    /// kept safe.
    /// </exception>
    public static Task<SqliteLedger> OpenAsync(
        LedgerOptions options, TimeProvider time, ILogger<SqliteLedger> logger, LedgerCondition? condition = null,
        Meter? meter = null, IMessagingPolicy? policy = null) =>
        // SQLite has no asynchronous calls; a start must not block its caller all the same.
        Task.Run(() => Open(options, time, logger, condition ?? new LedgerCondition(), meter, policy).Start());

    /// <summary>
    /// Opens it without a thread of its own: whoever opens it works its batches, one by one, with <see cref="Step"/>.
    /// Nothing is done beside them: no head file is kept, and nothing scrubbed.
    /// </summary>
    internal static SqliteLedger OpenStepped(LedgerOptions options, TimeProvider time, ILogger<SqliteLedger> logger) =>
        Open(options, time, logger, new LedgerCondition(), heard: null);

    /// <summary>
    /// Works one batch of what has gathered, on the caller's thread; false where nothing has. For a ledger that was
    /// opened to be stepped. What it throws has ended the ledger, as it ends the loop of one that has a thread.
    /// </summary>
    internal bool Step() => _writer.TryTakeBatch(_work.Reader);

    /// <summary>The disk can't be trusted any more: nothing is taken, and whoever waits is told.</summary>
    internal void Fail(Exception exception)
    {
        _logger.WriterFailed(exception.Message);
        _work.Writer.TryComplete(exception);
        _completion.SetException(exception);
    }

    /// <inheritdoc/>
    public async ValueTask SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        try
        {
            await _work.Writer.WriteAsync(submission, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new LedgerClosedException();
        }
    }

    /// <inheritdoc/>
    public ValueTask<HistoryPage?> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken) =>
        ReadAsync(query, static (reader, query) => reader.Read(query), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ConversationPage?> ReadConversationsAsync(
        ConversationQuery query, CancellationToken cancellationToken) =>
        ReadAsync(query, static (reader, query) => reader.Read(query), cancellationToken);

    /// <summary>Settles what has been submitted and closes the file. After that nothing is taken any more.</summary>
    public async ValueTask DisposeAsync()
    {
        var upkeep = Interlocked.Exchange(ref _upkeep, null); // it may be disposed of twice
        if (upkeep is not null)
            await upkeep.StopAsync();
        _work.Writer.TryComplete();
        if (_thread is { } thread)
            await Task.Run(thread.Join);
        if (upkeep is not null)
        {
            upkeep.IsLastHeadKept = Completion.IsCompletedSuccessfully;
            await upkeep.DisposeAsync();
        }

        while (_parts.TryPop(out var part))
            part.Dispose();
        _completion.TrySetResult(); // where nobody ran it
    }

    private static SqliteLedger Open(
        LedgerOptions options, TimeProvider time, ILogger<SqliteLedger> logger, LedgerCondition condition,
        Meter? heard, IMessagingPolicy? policy = null)
    {
        var started = Stopwatch.GetTimestamp();
        var parts = new Stack<IDisposable>(); // closed in reverse
        T Part<T>(T part)
            where T : IDisposable
        {
            parts.Push(part);
            return part;
        }

        try
        {
            var head = LedgerHead.Read(options.Path, out var isGarbled);
            var isNew = !File.Exists(options.Path);
            var file = Part(LedgerFile.Take(options.Path, head, options.Retention.IsOn));
            var connection = Part(file.ConnectUnlocked()); // used here, then by the writer's thread, then where it is closed
            LimitLog(connection, options);
            var (epoch, folded) = Standing(connection);

            var journal = Part(new Journal(connection));
            var active = new ActiveStates(Part(new StateTable(connection)), options.ActiveStates);
            var state = new LedgerState(active);
            var rows = Replay(journal, state, folded);

            var readers = new QueueReaders(
                Part(new ReaderPool<TableReader>(
                    () => new TableReader(file.ConnectReadOnly()), options.Readers, condition, logger)),
                active);
            var history = Part(new ReaderPool<HistoryReader>(
                () => new HistoryReader(file.ConnectReadOnly(), active), options.HistoryReaders, condition, logger));
            var recorder = new Recorder(
                state, journal, Part(new LookUps(connection, journal)), policy ?? new BlockListPolicy(), time);
            var work = Channel.CreateBounded<Submission>(new BoundedChannelOptions(options.MaxWaiting)
            {
                SingleReader = true,
                // The writer never runs a session's continuation on its own thread.
                AllowSynchronousContinuations = false,
            });
            var meter = Part(new LedgerMeter(
                heard ?? new Meter("unheard"), options.Path, condition, () => work.Reader.Count));
            meter.Stands(state);
            var folding = new Folding(
                options, state, Part(new Projections(connection, options.Seams.WritesPerLook)), meter, folded);
            var checkpointer = Part(new Checkpointer(
                options, file, meter, logger, onFailure: failure => work.Writer.TryComplete(failure)));
            var writer = Part(new LedgerWriter(
                options, connection, state, new RuleBook(recorder, readers, options, condition),
                Part(new RetentionWriter(connection)), folding, checkpointer, meter, logger));

            logger.Opened(options.Path, epoch, rows, folded, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            return new SqliteLedger(epoch, work, parts, writer, history, NewUpkeep, logger);

            Retention? NewRetention() => !options.Retention.IsOn ? null : new Retention(
                new RetentionPlan(options.Retention, options.FoldSlice, file.ConnectReadOnly(), time, Rotten),
                work.Writer, meter, condition, time, logger);

            void Rotten(string what)
            {
                if (condition.Damaged(what))
                    logger.RotFound(what);
            }

            LedgerUpkeep NewUpkeep()
            {
                if (head is null && !isNew)
                    logger.HeadUnknown(LedgerHead.PathFor(options.Path), isGarbled ? "garbled" : "missing");
                return new LedgerUpkeep(options, file, condition, NewRetention(), time, logger);
            }
        }
        catch (Exception exception)
        {
            while (parts.TryPop(out var part))
                part.Dispose();
            if (exception is SqliteException or LedgerFailureException)
                throw new LedgerUnusableException($"The ledger {options.Path} can't be opened: {exception.Message}");
            throw;
        }
    }

    /// <summary>What a reader made of the log is given back once it begins anew; what it always takes is not.</summary>
    private static void LimitLog(sqlite3 connection, LedgerOptions options)
    {
        using var limit = new Statement(
            connection, $"PRAGMA journal_size_limit = {Math.Max(128L << 20, 4L * options.CheckpointPages * 8192)}");
        limit.Run();
    }

    private static (string Epoch, long Folded) Standing(sqlite3 connection)
    {
        using var query = new Statement(connection, "SELECT epoch, projected_seq FROM ledger");
        _ = query.Step();
        return (query.Text(0), query.Int64(1));
    }

    /// <summary>Takes in the rows that were not folded, as if they had just been recorded.</summary>
    private static int Replay(Journal journal, LedgerState state, long folded)
    {
        state.StartBehind(folded);
        var rows = 0;
        foreach (var record in journal.ReadBehind(folded))
        {
            state.Apply(record);
            rows++;
        }

        state.Publish([]);
        return rows;
    }

    private async ValueTask<TResult> ReadAsync<TQuery, TResult>(
        TQuery query, Func<HistoryReader, TQuery, TResult> read, CancellationToken cancellationToken)
    {
        try
        {
            return await _history.ReadAsync(query, read, cancellationToken);
        }
        catch (ObjectDisposedException)
        {
            throw new LedgerClosedException();
        }
    }

    private SqliteLedger Start()
    {
        _thread = new Thread(Run) { Name = "ledger writer", IsBackground = true };
        _thread.Start();
        _upkeep = _newUpkeep();
        return this;
    }

    private void Run()
    {
        try
        {
            _writer.Run(_work.Reader);
            _logger.Closed();
            _completion.SetResult();
        }
#pragma warning disable CA1031 // Whatever it was, the state in memory can't be trusted: the process has to end.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Fail(exception);
        }
    }
}
