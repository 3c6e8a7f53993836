using System.Threading.Channels;
using Messaging.Service.Ledger;

namespace Messaging.Service.Hosting;

/// <summary>Keeps the ledger in memory until there is one on disk: nothing of it outlives the process.</summary>
internal sealed class InMemoryLedger : ILedger
{
    private readonly Channel<Submission> _work = Channel.CreateBounded<Submission>(4096);
    private readonly InMemoryState _state;
    private readonly Task _writing;

    public InMemoryLedger(TimeProvider time)
    {
        _state = new InMemoryState(time);
        _writing = Task.Run(WriteAsync);
    }

    public string Epoch { get; } = Guid.NewGuid().ToString("N")[..12];

    public Task Completion => _writing;

    public ValueTask SubmitAsync(Submission submission, CancellationToken cancellationToken) =>
        _work.Writer.WriteAsync(submission, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _work.Writer.TryComplete();
        await _writing;
    }

    private async Task WriteAsync()
    {
        var batch = new List<Submission>();
        while (await _work.Reader.WaitToReadAsync())
        {
            while (batch.Count < 256 && _work.Reader.TryRead(out var submission))
                batch.Add(submission);
            _state.Apply(batch);
            batch.Clear();
        }
    }
}
