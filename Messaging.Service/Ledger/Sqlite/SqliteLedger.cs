using System.Diagnostics;
using System.Threading.Channels;
using Dapper;
using Messaging.Service.Ledger.Sqlite.Rules;
using Messaging.Service.Ledger.Sqlite.State;
using Microsoft.Data.Sqlite;

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
    private readonly ILogger _logger;
    private Thread? _thread;

    private SqliteLedger(
        string epoch, Channel<Submission> work, Stack<IDisposable> parts, LedgerWriter writer, ILogger logger)
    {
        Epoch = epoch;
        (_work, _parts, _writer, _logger) = (work, parts, writer, logger);
    }

    /// <inheritdoc/>
    public string Epoch { get; }

    /// <inheritdoc/>
    public Task Completion => _completion.Task;

    /// <summary>Opens the ledger, creating it if it is missing, and replays what was not folded.</summary>
    /// <exception cref="LedgerUnusableException">
    /// It is in use by another service, damaged, of a later version, or can't be kept safe.
    /// </exception>
    /// <param name="options">Where it is, and its limits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where it logs.</param>
    /// <param name="policy">Who may write to whom; by the users' block lists, if left out.</param>
    public static Task<SqliteLedger> OpenAsync(
        LedgerOptions options, TimeProvider time, ILogger<SqliteLedger> logger, IMessagingPolicy? policy = null) =>
        // SQLite has no asynchronous calls; a start must not block its caller all the same.
        Task.Run(() => Open(options, time, logger, policy).Start());

    /// <summary>
    /// Opens it without a thread of its own: whoever opens it works its batches, one by one, with <see cref="Step"/>.
    /// </summary>
    internal static SqliteLedger OpenStepped(LedgerOptions options, TimeProvider time, ILogger<SqliteLedger> logger) =>
        Open(options, time, logger);

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

    /// <summary>Settles what has been submitted and closes the file. After that nothing is taken any more.</summary>
    public async ValueTask DisposeAsync()
    {
        _work.Writer.TryComplete();
        if (_thread is { } thread)
            await Task.Run(thread.Join);
        while (_parts.TryPop(out var part))
            part.Dispose();
        _completion.TrySetResult(); // where nobody ran it
    }

    private static SqliteLedger Open(
        LedgerOptions options, TimeProvider time, ILogger<SqliteLedger> logger, IMessagingPolicy? policy = null)
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
            var file = Part(LedgerFile.Take(options.Path));
            var connection = Part(file.Connect());
            var (epoch, folded) = connection.QuerySingle<(string, long)>("SELECT epoch, projected_seq FROM ledger");

            var journal = Part(new Journal(connection));
            var active = new ActiveStates(Part(new StateTable(connection)), options.ActiveStates);
            var state = new LedgerState(active);
            var rows = Replay(journal, state, folded);

            var readers = Part(new QueueReaders(file, active, options.Readers));
            var recorder = new Recorder(state, journal, Part(new LookUps(connection, journal)), policy ?? new BlockListPolicy(), time);
            var folding = new Folding(
                options, state, Part(new Projections(connection, options.Seams.WritesPerLook)), folded);
            var work = Channel.CreateBounded<Submission>(new BoundedChannelOptions(options.MaxWaiting)
            {
                SingleReader = true,
                // The writer never runs a session's continuation on its own thread.
                AllowSynchronousContinuations = false,
            });
            var checkpointer = Part(new Checkpointer(
                options, file, logger, onFailure: failure => work.Writer.TryComplete(failure)));
            var writer = Part(new LedgerWriter(
                options, connection.Handle!, state, new RuleBook(recorder, readers, options), folding, checkpointer, logger));

            logger.Opened(options.Path, epoch, rows, folded, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            return new SqliteLedger(epoch, work, parts, writer, logger);
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

    private SqliteLedger Start()
    {
        _thread = new Thread(Run) { Name = "ledger writer", IsBackground = true };
        _thread.Start();
        return this;
    }

    private void Run()
    {
        try
        {
            _writer.Run(_work.Reader);
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
