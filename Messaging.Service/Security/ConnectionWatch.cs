using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Messaging.Service.Security;

/// <summary>
/// Ends a connection on which nobody known has a stream or a call: first it takes no further call, so that a health check is not cut
/// short, then it is cut off, whatever a peer has left lying there. A feature of the connection, and of each call on it.
/// Safe for concurrent use.
/// </summary>
internal sealed class ConnectionWatch : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly ConnectionContext _connection;
    private readonly ConnectionLimits _limits;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private int _calls;
    private bool _isClosing;

    public ConnectionWatch(ConnectionContext connection, ConnectionLimits limits, TimeProvider time)
    {
        (_connection, _limits) = (connection, limits);
        _timer = time.CreateTimer(
            static state => ((ConnectionWatch)state!).OnTimeout(), this, limits.StrangerTimeout,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>A stream or a call of someone known begins; to be disposed when it has ended. Null where the call came another way.</summary>
    public static IDisposable? Enter(HttpContext call)
    {
        if (call.Features.Get<ConnectionWatch>() is not { } watch)
            return null;
        lock (watch._gate)
        {
            watch._calls++;
            watch._timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        return new Stay(watch);
    }

    public void Dispose() => _timer.Dispose();

    private void Leave()
    {
        lock (_gate)
        {
            if (--_calls == 0)
                _timer.Change(_limits.IdleTimeout, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnTimeout()
    {
        lock (_gate)
        {
            if (_calls > 0)
                return;
            if (!_isClosing && _connection.Features.Get<IConnectionLifetimeNotificationFeature>() is { } graceful)
            {
                _isClosing = true;
                graceful.RequestClose();
                _timer.Change(Grace, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        _connection.Abort(new ConnectionAbortedException("nobody known has a call"));
    }

    private sealed class Stay(ConnectionWatch watch) : IDisposable
    {
        public void Dispose() => watch.Leave();
    }
}
