namespace Messaging.Service.Sync;

/// <summary>
/// Holds the web server's own stop back until the streams have ended, for as long as they are given: closing a
/// connection could overtake the status of a stream on it (protocol §9). Safe for concurrent use.
/// </summary>
internal sealed class StreamDrain(StreamOptions options, TimeProvider time, IHostApplicationLifetime lifetime)
    : IHostedLifecycleService
{
    private readonly TaskCompletionSource _none = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;
    private volatile bool _isStopping;

    /// <summary>A stream begins.</summary>
    public void Enter() => Interlocked.Increment(ref _open);

    /// <summary>It has ended, and its status goes down next.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _open) == 0 && _isStopping)
            _none.TrySetResult();
    }

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // Where the host is stopped by a call, and not by a signal, the streams have not been told yet.
        _isStopping = true;
        lifetime.StopApplication();
        if (Volatile.Read(ref _open) == 0)
            return;
        try
        {
            await _none.Task.WaitAsync(options.DrainTimeout, time, cancellationToken);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            // Those that are left are cut off.
        }
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
