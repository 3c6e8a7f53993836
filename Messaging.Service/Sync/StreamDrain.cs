namespace Messaging.Service.Sync;

/// <summary>
/// Holds the web server's own stop back until the streams have ended, for as long as they are given: it closes a
/// connection whose last stream's status is still on its way to the socket, and the client would see a broken connection
/// instead (protocol §9). Safe for concurrent use.
/// </summary>
internal sealed class StreamDrain(
    StreamOptions options, TimeProvider time, IHostApplicationLifetime lifetime, SyncTelemetry telemetry,
    ILogger<StreamDrain> logger)
    : IHostedLifecycleService, IDisposable
{
    /// <summary>
    /// Nothing tells when the last status has left; by the clock on the wall, whatever the service's own clock says.
    /// </summary>
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(100);

    private readonly TaskCompletionSource _none = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _drained = new();
    private int _open;
    private volatile bool _isStopping;

    /// <summary>Cancelled when the streams have ended, or have had their time: nothing is worth waiting for any more.</summary>
    public CancellationToken Drained => _drained.Token;

    /// <summary>A stream begins; it has ended once its response has.</summary>
    public void Watch(HttpResponse response)
    {
        Interlocked.Increment(ref _open);
        response.OnCompleted(() =>
        {
            if (Interlocked.Decrement(ref _open) == 0 && _isStopping)
                _none.TrySetResult();
            return Task.CompletedTask;
        });
    }

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // Where the host is stopped by a call, and not by a signal, the streams have not been told yet.
        _isStopping = true;
        lifetime.StopApplication();
        var began = time.GetTimestamp();
        SyncLog.Draining(logger, Volatile.Read(ref _open), options.DrainTimeout);
        if (Volatile.Read(ref _open) == 0)
            _none.TrySetResult();
        try
        {
            await _none.Task.WaitAsync(options.DrainTimeout, time, cancellationToken);
            SyncLog.Drained(logger, time.GetElapsedTime(began));
            await Task.Delay(Linger, TimeProvider.System, cancellationToken);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            // Those that are left are cut off.
            if (Volatile.Read(ref _open) is > 0 and var left)
                SyncLog.CutOff(logger, left, time.GetElapsedTime(began));
        }

        await _drained.CancelAsync();
    }

    public void Dispose() => _drained.Dispose();

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        telemetry.Begin();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
