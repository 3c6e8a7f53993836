using System.Threading.Channels;
using Messaging.Service.Ledger;

namespace Messaging.Benchmarks.StoreOff;

/// <summary>
/// A ledger that stores nothing, to see what the rest of the service costs: one writer that takes what has gathered, as
/// the real one, and keeps what is on its way in memory until every device has it. It knows messages, acknowledgements
/// and streams, no duplicates, no reads and no history.
/// </summary>
internal sealed class MemoryLedger : ILedger
{
    private const int MaxWaiting = 8_192;
    private const int MaxBatch = 1_024;

    private readonly Channel<Submission> _work = Channel.CreateBounded<Submission>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, AllowSynchronousContinuations = false });

    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;

    public MemoryLedger()
    {
        _thread = new Thread(Run) { Name = "memory ledger", IsBackground = true };
        _thread.Start();
    }

    public string Epoch { get; } = Guid.NewGuid().ToString("N");

    public Task Completion => _completion.Task;

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

    public ValueTask<HistoryPage?> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Nothing is kept.");

    public ValueTask<ConversationPage?> ReadConversationsAsync(
        ConversationQuery query, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Nothing is kept.");

    public async ValueTask DisposeAsync()
    {
        _work.Writer.TryComplete();
        await Task.Run(_thread.Join);
    }

    private void Run()
    {
        var rules = new MemoryRules();
        var batch = new List<Submission>();
        try
        {
            // The writer's own thread may wait for a task.
            while (_work.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                while (batch.Count < MaxBatch && _work.Reader.TryRead(out var submission))
                    batch.Add(submission);
                rules.Take(batch);
                batch.Clear();
            }

            _completion.SetResult();
        }
#pragma warning disable CA1031 // As for the real one: whatever it was, the process has to end.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _work.Writer.TryComplete(exception);
            _completion.SetException(exception);
        }
    }
}
