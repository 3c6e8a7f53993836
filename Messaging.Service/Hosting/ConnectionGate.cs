using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using Messaging.Service.Security;
using Messaging.Service.Sync;
using Microsoft.AspNetCore.Connections;

namespace Messaging.Service.Hosting;

/// <summary>
/// Stands before everything else that a connection meets: closes what is too much from one address, and ends a
/// connection on which nobody known has opened a stream in time. Safe for concurrent use.
/// </summary>
internal sealed class ConnectionGate(ConnectionLimits limits, StreamOptions streams, TimeProvider time)
{
    // The session's own end of a peer that does not read comes first: it has a status.
    private static readonly TimeSpan AfterStall = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan AfterClose = TimeSpan.FromSeconds(10);

    private static readonly ConnectionAbortedException Deaf = new("the peer does not read");

    private readonly ConcurrentDictionary<IPAddress, int> _byAddress = new();

    public async Task PassAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        // What has no address of its own, a socket in the file system, is not counted.
        var address = limits.PerAddress == 0 ? null : (connection.RemoteEndPoint as IPEndPoint)?.Address;
        if (address is null)
        {
            await WatchAsync(connection, next);
            return;
        }

        try
        {
            if (_byAddress.AddOrUpdate(address, 1, static (_, count) => count + 1) <= limits.PerAddress)
                await WatchAsync(connection, next);
        }
        finally
        {
            Leave(address);
        }
    }

    private async Task WatchAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        using var watch = new ConnectionWatch(connection, limits, time);
        connection.Features.Set(watch);
        connection.Transport = new Watched(
            connection.Transport.Input,
            new WatchedWriter(connection.Transport.Output, streams.StallTimeout + AfterStall, () => connection.Abort(Deaf), time));
        await ServeAsync(connection, next);
    }

    /// <summary>
    /// Waits for what serves the connection, but not for ever once the peer is gone: where many streams were open when a
    /// connection was cut off, the web server may wait for one that nobody ends any more (aspnetcore's output queue takes
    /// no end of a stream after it was closed), and the connection would count as one for good.
    /// </summary>
    private async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = connection.ConnectionClosed.UnsafeRegister(
            static state => ((TaskCompletionSource)state!).TrySetResult(), gone);
        var serving = next(connection);
        await Task.WhenAny(serving, gone.Task);
        try
        {
            await serving.WaitAsync(AfterClose, time);
        }
        catch (TimeoutException) when (!serving.IsCompleted)
        {
            // Whatever it waits for, the connection is no more.
        }
    }

    private void Leave(IPAddress address)
    {
        while (_byAddress.TryGetValue(address, out var count))
        {
            if (count == 1
                ? _byAddress.TryRemove(KeyValuePair.Create(address, count))
                : _byAddress.TryUpdate(address, count - 1, count))
                return;
        }
    }

    private sealed record Watched(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
