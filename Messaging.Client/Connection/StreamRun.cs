namespace Messaging.Client.Connection;

/// <summary>
/// Streams, one after the other, until the application or the end of the client interrupts them. Any thread may do so,
/// until it is disposed.
/// </summary>
internal sealed class StreamRun : IAsyncDisposable
{
    private readonly CancellationTokenSource _abandoned = new();
    private readonly CancellationTokenSource _closing;
    private readonly List<Task> _cancelling = [];

    public StreamRun(CancellationToken closing)
    {
        _closing = CancellationTokenSource.CreateLinkedTokenSource(closing, _abandoned.Token);
        (Abandoned, Closing) = (_abandoned.Token, _closing.Token);
    }

    /// <summary>The stream is of no more use: its last answers will not come.</summary>
    public CancellationToken Abandoned { get; }

    /// <summary>The stream is to be closed, with what waits written and the last answers taken, and no other opened.</summary>
    public CancellationToken Closing { get; }

    // Not on the caller's thread: what follows is not the caller's business.
    public void Close() => _cancelling.Add(_closing.CancelAsync());

    public void Abandon() => _cancelling.Add(_abandoned.CancelAsync());

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_cancelling).ConfigureAwait(false);
        _abandoned.Dispose();
        _closing.Dispose();
    }
}
