using Messaging.Client.Connection;

namespace Messaging.Client;

/// <summary>
/// One device of one user, connected to the messaging service. It keeps its one stream open, sends each message until
/// it is accepted, in order, and gives the messages of the user's queue to the application, in order. Every member may be
/// called from any thread at any time. What it has taken survives the process where its store is a file:
/// <see cref="MessagingClientOptions.Store"/>.
/// </summary>
/// <remarks>
/// The client ends when it is disposed, when another client of the same user and device connects, or when the server
/// does not let it in. Then every pending task and enumeration of it faults with the same
/// <see cref="MessagingException"/>, and so does every later call but those that read the store
/// or steer the connection.
/// </remarks>
public sealed partial class MessagingClient : IAsyncDisposable
{
    private readonly MessagingClientOptions _options;
    private readonly ISyncTransport _transport;
    private readonly ClientRooms _rooms;
    private readonly ConnectionLoop _loop;
    private readonly HistoryCalls _history;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<MessagingException> _loopRun;
    private readonly Task _run;

    internal MessagingClient(MessagingClientOptions options, ISyncTransport transport, Func<double> jitter)
    {
        _options = options;
        _transport = transport;
        _rooms = new ClientRooms(options, jitter);
        _loop = new ConnectionLoop(transport, _rooms, options, jitter);
        _history = new HistoryCalls(options);
        // Before anything can end it, which takes it out again.
        ClientTelemetry.Add(this, () => _rooms.Outbox.Count);
        // Not on the caller's thread, nor in its context.
        _loopRun = Task.Run(() => _loop.RunAsync(_closing.Token));
        _run = EndAsync();
    }

    /// <summary>Where the connection stands now.</summary>
    public ConnectionState State => _loop.Machine.State;

    /// <summary>
    /// Completes when the client was disposed; faults when it gave up, with <see cref="ClientReplacedException"/>,
    /// <see cref="ClientRefusedException"/>, <see cref="StoreFailedException"/> or <see cref="ClientFailedException"/>.
    /// </summary>
    public Task Completion => _ended.Task;

    /// <summary>Makes a client, which connects by itself: nothing has to be waited for.</summary>
    /// <param name="options">Where to and as whom.</param>
    /// <exception cref="ArgumentException">An option is not usable; the text says which and why.</exception>
    /// <exception cref="StoreUnusableException">The store is another device's, or in use.</exception>
    public static MessagingClient Start(MessagingClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return new MessagingClient(options, new GrpcTransport(options), Random.Shared.NextDouble);
    }

    /// <summary>
    /// The connection's states as it enters them, from this call's first step on. A watcher that is more than 64
    /// behind loses the oldest. Ends with the client. Any number may watch.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait for the next one.</param>
    public IAsyncEnumerable<ConnectionChange> WatchConnectionAsync(CancellationToken cancellationToken = default) =>
        _loop.Machine.Changes.WatchAsync(cancellationToken);

    /// <summary>Waits until the client is connected; at once where it is.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MessagingException">The client has ended.</exception>
    public async Task WaitUntilConnectedAsync(CancellationToken cancellationToken = default)
    {
        var changes = _loop.Machine.Changes.Watch();
        try
        {
            while (State != ConnectionState.Connected)
            {
                if (!await changes.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
                    throw await _loopRun.ConfigureAwait(false);
                changes.TryRead(out _);
            }
        }
        finally
        {
            _loop.Machine.Changes.Unwatch(changes);
        }
    }

    /// <summary>
    /// Writes what is waiting, takes the server's last answers for up to
    /// <see cref="MessagingClientOptions.CloseTimeout"/>, and faults everything still pending with
    /// <see cref="ClientClosedException"/>. May be called more than once.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(false);
    }

    // Whatever ended the loop, nobody is left waiting.
    private async Task EndAsync()
    {
        var reason = await _loopRun.ConfigureAwait(false);
        ClientTelemetry.Remove(this);
        await _rooms.CloseAsync(reason).ConfigureAwait(false);
        await _transport.DisposeAsync().ConfigureAwait(false);
        _history.Dispose();
        if (reason is ClientClosedException)
            _ended.SetResult();
        // Who never looks has chosen not to know: not an unobserved exception.
        else if (_ended.TrySetException(reason))
            _ = _ended.Task.Exception;
    }
}
