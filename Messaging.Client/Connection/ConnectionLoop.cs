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

    public ConnectionLoop(
        ISyncTransport transport, ClientRooms rooms, MessagingClientOptions options, Func<double> jitter)
    {
        _transport = transport;
        _rooms = rooms;
        _options = options;
        _logger = options.LoggerFactory.CreateLogger<MessagingClient>();
        _reconnect = Reconnect.Pipeline(options, jitter, Wait);
    }

    public ConnectionMachine Machine { get; } = new();

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
        return reason;
    }

    private async Task<MessagingException> FindEndAsync(CancellationToken closing)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(closing, _rooms.Failure.Token);
        try
        {
            await _rooms.RestoreAsync(ending.Token).ConfigureAwait(false);
            await _reconnect.ExecuteAsync(
                async token => await RunStreamAsync(token).ConfigureAwait(false), ending.Token).ConfigureAwait(false);
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

    private async Task RunStreamAsync(CancellationToken closing)
    {
        if (Machine.State == ConnectionState.Waiting)
            Machine.Move(ConnectionState.Waiting, ConnectionState.Connecting);
        long begunAt = 0;
        var stream = _transport.Open(new StreamRequest(
            _options.User, _options.Device, _options.Window, _options.StartAtHead, _rooms.Inbox.Standing));
        await using (stream.ConfigureAwait(false))
        {
            var session = new StreamSession(stream, _rooms, _options, _logger, () =>
            {
                begunAt = _options.TimeProvider.GetTimestamp();
                Machine.Move(ConnectionState.Connecting, ConnectionState.Connected);
            });
            try
            {
                await session.RunAsync(closing).ConfigureAwait(false);
            }
            catch (Exception e) when (StreamEnd.Of(e, session.HasBegun) is { } end)
            {
                var lasted = session.HasBegun ? _options.TimeProvider.GetElapsedTime(begunAt) : TimeSpan.Zero;
                throw end is StreamLostException
                    ? new StreamLostException(end.Message, e) { WasHealthy = lasted >= _options.ReconnectMaxDelay }
                    : end;
            }
        }
    }

    private void Wait(StreamLostException lost)
    {
        ClientLog.StreamLost(_logger, lost.Message, lost.InnerException);
        ClientTelemetry.Reconnect();
        Machine.Move(Machine.State, ConnectionState.Waiting, lost.Message);
    }
}
