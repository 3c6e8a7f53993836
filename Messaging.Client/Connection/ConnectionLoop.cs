using Grpc.Core;
using Microsoft.Extensions.Logging;
using Polly;

namespace Messaging.Client.Connection;

/// <summary>Keeps one stream open for as long as the client lives.</summary>
internal sealed class ConnectionLoop
{
    private readonly ISyncTransport _transport;
    private readonly ClientRooms _rooms;
    private readonly MessagingClientOptions _options;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline _reconnect;
    private readonly AccessTokens _tokens;

    public ConnectionLoop(
        ISyncTransport transport, ClientRooms rooms, MessagingClientOptions options, Func<double> jitter)
    {
        _transport = transport;
        _rooms = rooms;
        _options = options;
        _logger = options.LoggerFactory.CreateLogger<MessagingClient>();
        _reconnect = Reconnect.Pipeline(options, jitter, Wait);
        _tokens = new AccessTokens(options, jitter, _logger);
    }

    public ConnectionMachine Machine { get; } = new();

    /// <summary>What the application wants of it.</summary>
    public ConnectionWish Wish { get; } = new();

    /// <summary>
    /// The last one that the application gave, whatever the server thinks of it; null where it provides none. Any thread.
    /// </summary>
    public AccessToken? AccessToken => _tokens.Latest;

    /// <summary>Runs until the client is closed or cannot go on. Never throws; returns what ended it.</summary>
    public async Task<MessagingException> RunAsync(CancellationToken closing)
    {
        var reason = await FindEndAsync(closing).ConfigureAwait(false);
        try
        {
            await _rooms.SaveAsync().ConfigureAwait(false);
        }
        catch (StoreFailedException failure)
        {
            reason = failure;
        }
        var end = reason is ClientClosedException ? ConnectionState.Closed : ConnectionState.Failed;
        if (end == ConnectionState.Failed)
            ClientLog.Ended(_logger, reason.Message, reason);
        Machine.Move(Machine.State, end, reason.Message);
        Machine.Changes.Complete();
        Wish.Complete();
        return reason;
    }

    private async Task<MessagingException> FindEndAsync(CancellationToken closing)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(closing, _rooms.Failure.Token);
        try
        {
            await _rooms.RestoreAsync(ending.Token).ConfigureAwait(false);
            while (!ending.IsCancellationRequested)
                await RunStreamsAsync(ending.Token).ConfigureAwait(false);
            return _rooms.Failure.Reason ?? (MessagingException)new ClientClosedException();
        }
        catch (Exception) when (_rooms.Failure.Reason is not null)
        {
            return _rooms.Failure.Reason;
        }
        catch (Exception) when (closing.IsCancellationRequested)
        {
            return new ClientClosedException();
        }
        catch (MessagingException e)
        {
            return e;
        }
#pragma warning disable CA1031 // The last catch of the loop that owns the task: a bug must not leave callers waiting.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new ClientFailedException(e);
        }
    }

    /// <summary>Streams until this side closes one; first waits out a pause.</summary>
    private async Task RunStreamsAsync(CancellationToken ending)
    {
        if (Wish.Begin(ending) is not { } run)
        {
            await PauseAsync(ending).ConfigureAwait(false);
            return;
        }
        await using (run.ConfigureAwait(false))
        {
            try
            {
                await _reconnect.ExecuteAsync(
                    async _ => await RunStreamAsync(run).ConfigureAwait(false), run.Closing).ConfigureAwait(false);
            }
            catch (Exception e) when (e is StreamLostException or OperationCanceledException
                && run.Closing.IsCancellationRequested)
            {
                // Interrupted: by a pause, by another network, by the client's end.
            }
            finally
            {
                Wish.End(run);
            }
        }
    }

    private async Task PauseAsync(CancellationToken ending)
    {
        await _rooms.RestAsync().ConfigureAwait(false);
        if (!Wish.IsPaused)
            return;
        Machine.Move(Machine.State, ConnectionState.Paused);
        await Wish.WaitUntilResumedAsync(ending).ConfigureAwait(false);
        Machine.Move(ConnectionState.Paused, ConnectionState.Connecting);
    }

    private async Task RunStreamAsync(StreamRun run)
    {
        if (Machine.State != ConnectionState.Connecting)
            Machine.Move(Machine.State, ConnectionState.Connecting);
        var token = await _tokens.TakeAsync(run.Closing).ConfigureAwait(false);
        var begun = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var stream = _transport.Open(new StreamRequest(
            _options.User, _options.Device, _options.Window, _options.StartAtHead, _rooms.Inbox.Standing)
        {
            AccessToken = token,
        });
        await using (stream.ConfigureAwait(false))
        {
            var session = new StreamSession(stream, _rooms, _options, _logger, () =>
            {
                _tokens.Accept();
                Machine.Move(ConnectionState.Connecting, ConnectionState.Connected);
                begun.SetResult(_options.TimeProvider.GetTimestamp());
            });
            // The stream with the fresh token is opened when this one has ended: a stream that the server ends as
            // replaced has met another client, never this one.
            using var closing = CancellationTokenSource.CreateLinkedTokenSource(run.Closing);
            using var ended = new CancellationTokenSource();
            var renewing = RenewAsync(begun.Task, closing, ended.Token);
            try
            {
                await session.RunAsync(closing.Token, run.Abandoned).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                if (e is RpcException { StatusCode: StatusCode.Unauthenticated })
                    _tokens.Refuse(token, session.HasBegun);
                if (StreamEnd.Of(e, mayBeLetIn: session.HasBegun || !_tokens.IsExhausted) is not { } end)
                    throw;
                if (end is not StreamLostException)
                    throw end;
                if (!closing.IsCancellationRequested)
                    throw new StreamLostException(end.Message, e) { WasHealthy = HasLasted(begun.Task) };
            }
            finally
            {
                await ended.CancelAsync().ConfigureAwait(false);
                await renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task RenewAsync(Task begun, CancellationTokenSource closing, CancellationToken ended)
    {
        await begun.WaitAsync(ended).ConfigureAwait(false);
        await _tokens.RenewAsync(ended).ConfigureAwait(false);
        await closing.CancelAsync().ConfigureAwait(false);
    }

    private bool HasLasted(Task<long> begun) => begun.IsCompletedSuccessfully
        && _options.TimeProvider.GetElapsedTime(begun.Result) >= _options.ReconnectMaxDelay;

    private void Wait(StreamLostException lost)
    {
        ClientLog.StreamLost(_logger, lost.Message, lost.InnerException);
        ClientTelemetry.Reconnect();
        Machine.Move(Machine.State, ConnectionState.Waiting, lost.Message);
    }
}
