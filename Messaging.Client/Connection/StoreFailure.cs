namespace Messaging.Client.Connection;

/// <summary>The store has failed, which ends the client. Any thread may say so; the first word counts.</summary>
internal sealed class StoreFailure : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ending = new();

    // Not on the writer's thread: what follows on it is not the writer's business.
    private Task _cancelling = Task.CompletedTask;
    private bool _isDisposed;

    public StoreFailure() => Token = _ending.Token;

    /// <summary>Cancelled when the store fails.</summary>
    public CancellationToken Token { get; }

    /// <summary>Null as long as it has not.</summary>
    public StoreFailedException? Reason { get; private set; }

    public void Set(StoreFailedException reason)
    {
        lock (_gate)
        {
            if (Reason is not null || _isDisposed)
                return;
            Reason = reason;
            _cancelling = _ending.CancelAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
            _isDisposed = true;
        await _cancelling.ConfigureAwait(false);
        _ending.Dispose();
    }
}
