namespace Messaging.Client.Connection;

/// <summary>
/// What the application wants of the connection: none for now, or another one at once. Any thread says so; the
/// connection loop heeds it.
/// </summary>
internal sealed class ConnectionWish
{
    private readonly Lock _gate = new();
    private readonly WorkSignal _resumed = new();

    // Null while the application wants a connection.
    private TaskCompletionSource? _pause;
    private StreamRun? _run;
    private bool _isOver;

    public bool IsPaused
    {
        get
        {
            lock (_gate)
                return _pause is not null;
        }
    }

    /// <summary>Completes when the pause is in effect, or overtaken by <see cref="Resume"/> or the client's end.</summary>
    public Task Pause()
    {
        lock (_gate)
        {
            if (_isOver)
                return Task.CompletedTask;
            _pause ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _run?.Close();
            return _pause.Task;
        }
    }

    public void Resume()
    {
        lock (_gate)
        {
            _pause?.TrySetResult();
            _pause = null;
        }
        // A pause that follows before the loop has looked is in effect already, and the loop says so.
        _resumed.Set();
    }

    /// <summary>Gives up the present stream, or the wait for the next one.</summary>
    public void Reconnect()
    {
        lock (_gate)
            _run?.Abandon();
    }

    /// <summary>The streams from here on heed this wish. Null where none is wanted now.</summary>
    public StreamRun? Begin(CancellationToken closing)
    {
        lock (_gate)
            return _run = _pause is null ? new StreamRun(closing) : null;
    }

    /// <summary>
    /// Returns when a connection is wanted. No stream is left, and everything is kept: who asks for a pause until then
    /// has it.
    /// </summary>
    public async Task WaitUntilResumedAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_pause is null)
                    return;
                _pause.TrySetResult();
            }
            await _resumed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The streams that heeded this wish have ended.</summary>
    public void End(StreamRun run)
    {
        lock (_gate)
        {
            if (_run == run)
                _run = null;
        }
    }

    /// <summary>The client has ended: nobody is left waiting.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isOver = true;
            _pause?.TrySetResult();
        }
    }
}
