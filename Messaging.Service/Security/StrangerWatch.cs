using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Messaging.Service.Security;

/// <summary>
/// Ends a connection on which no caller has turned out to be known: first it takes no further call, so that a health
/// check is not cut short, then it is cut off. A feature of the connection, and of each call on it.
/// </summary>
internal sealed class StrangerWatch : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly ConnectionContext _connection;
    private readonly ITimer _timer;
    private bool _isClosing;

    public StrangerWatch(ConnectionContext connection, TimeSpan patience, TimeProvider time)
    {
        _connection = connection;
        _timer = time.CreateTimer(
            static state => ((StrangerWatch)state!).OnTimeout(), this, patience, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A caller on this connection is known: it may stay. Nothing where the call came in another way.</summary>
    public static void LetStay(HttpContext call) => call.Features.Get<StrangerWatch>()?._timer.Dispose();

    public void Dispose() => _timer.Dispose();

    private void OnTimeout()
    {
        if (!_isClosing && _connection.Features.Get<IConnectionLifetimeNotificationFeature>() is { } graceful)
        {
            _isClosing = true;
            graceful.RequestClose();
            _timer.Change(Grace, Timeout.InfiniteTimeSpan);
            return;
        }

        _connection.Abort(new ConnectionAbortedException("nobody known has called"));
    }
}
