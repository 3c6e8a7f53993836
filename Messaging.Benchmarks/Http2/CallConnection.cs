using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Http2;

/// <summary>One <see cref="Http2Call"/> on its connection. As <see cref="CoalescingConnection"/>, one owner.</summary>
/// <param name="receiver">Gets what comes.</param>
/// <param name="readSize">Bytes of one read.</param>
internal sealed class CallConnection(
    IFrameReceiver receiver, int readSize = CoalescingConnection.BusyReadSize) : IDisposable
{
    private CoalescingConnection? _connection;

    public Http2Call Call { get; } = new(receiver, readSize);

    public async Task ConnectAsync(
        Uri server,
        string path,
        IEnumerable<KeyValuePair<string, string>> metadata,
        CancellationToken cancellationToken)
    {
        _connection = new CoalescingConnection(Call, readSize);
        await _connection.ConnectAsync(server, cancellationToken);
        Call.Begin(RequestHeaders.Encode(server.Authority, path, metadata));
    }

    /// <inheritdoc cref="CoalescingConnection.ExchangeAsync(CancellationToken)"/>
    public ValueTask ExchangeAsync(CancellationToken cancellationToken) =>
        _connection!.ExchangeAsync(cancellationToken);

    /// <inheritdoc cref="CoalescingConnection.Abort"/>
    public void Abort() => _connection?.Abort();

    public void Dispose() => _connection?.Dispose();
}
