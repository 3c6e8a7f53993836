namespace Messaging.Client.Connection;

/// <summary>
/// The state of the connection, moved by the reconnect loop alone, read and watched by anyone.
/// </summary>
internal sealed class ConnectionMachine
{
    private volatile ConnectionState _state = ConnectionState.Connecting;

    public ConnectionState State => _state;

    public Broadcast<ConnectionChange> Changes { get; } = new(capacity: 64);

    public static bool IsLegal(ConnectionState from, ConnectionState to) => (from, to) switch
    {
        (ConnectionState.Connecting, ConnectionState.Connected) => true,
        (ConnectionState.Connecting or ConnectionState.Connected, ConnectionState.Waiting) => true,
        (ConnectionState.Waiting or ConnectionState.Paused, ConnectionState.Connecting) => true,
        // A stream that this side has closed, for one with a fresh token or over another network.
        (ConnectionState.Connected, ConnectionState.Connecting) => true,
        (ConnectionState.Connecting or ConnectionState.Connected or ConnectionState.Waiting, ConnectionState.Paused) =>
            true,
        (ConnectionState.Closed or ConnectionState.Failed, _) => false,
        (_, ConnectionState.Closed or ConnectionState.Failed) => true,
        _ => false,
    };

    /// <summary>Moves on. A move from another state than the present one, or one not in the table, is a bug.</summary>
    public void Move(ConnectionState from, ConnectionState to, string? reason = null)
    {
        if (_state != from || !IsLegal(from, to))
            throw new InvalidOperationException($"The connection is {_state}; it cannot move from {from} to {to}.");
        _state = to;
        Changes.Publish(new ConnectionChange(to, reason));
    }
}
