using System.Diagnostics;
using System.Net.Sockets;

namespace Messaging.Benchmarks.Sockets;

/// <summary>
/// The socket under one <see cref="IExchange"/>. All that a read brought is handled, then all that it caused is
/// sent with one write. One owner: nothing here may be called while an exchange is running.
/// </summary>
/// <param name="exchange">Gets what comes, and says what goes.</param>
/// <param name="readSize">Bytes of one read; the buffers begin with room for it.</param>
internal sealed class CoalescingConnection(
    IExchange exchange, int readSize = CoalescingConnection.BusyReadSize) : IDisposable
{
    public const int BusyReadSize = 64 * 1024;

    /// <summary>For thousands of calls that hardly ever say a word.</summary>
    public const int IdleReadSize = 512;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly ByteBuffer _input = new(2 * readSize);
    private ByteBuffer _filling = new(readSize);
    private ByteBuffer _leaving = new(readSize);
    private Task? _sending;
    private Task<int>? _reading;

    public ValueTask ConnectAsync(Uri server, CancellationToken cancellationToken) =>
        _socket.ConnectAsync(server.Host, server.Port, cancellationToken);

    /// <summary>Sends what is queued and handles the next read.</summary>
    /// <param name="cancellationToken">Ends the wait for the read, after which another exchange may follow.</param>
    public async ValueTask ExchangeAsync(CancellationToken cancellationToken)
    {
        StartSending();

        // Only where the socket takes no more: reading goes on, or two full windows would wait for each other.
        while (_sending is not null)
        {
            if (await Task.WhenAny(_sending, StartReading(cancellationToken)) == _reading)
                break;

            await _sending;
            _sending = null;
            StartSending();
        }

        var reading = _reading is null ? ReadAsync(cancellationToken) : new ValueTask<int>(_reading);
        _reading = null;
        Take(await reading);
    }

    /// <summary>The same for two connections with one owner: handles the next read of either.</summary>
    public static async ValueTask ExchangeAsync(
        CoalescingConnection one, CoalescingConnection other, CancellationToken cancellationToken)
    {
        await one.ContinueSendingAsync();
        await other.ContinueSendingAsync();
        await Task.WhenAny(
            one.StartReading(cancellationToken), other.StartReading(cancellationToken),
            one._sending ?? one._reading!, other._sending ?? other._reading!);
        await one.TakeIfReadAsync();
        await other.TakeIfReadAsync();
    }

    /// <summary>Cuts the connection off as a lost network would, and leaves no port waiting.</summary>
    public void Abort()
    {
        if (_socket.Connected)
            _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    private Task<int> StartReading(CancellationToken cancellationToken) =>
        _reading ??= ReadAsync(cancellationToken).AsTask();

    private ValueTask<int> ReadAsync(CancellationToken cancellationToken) =>
        _socket.ReceiveAsync(_input.FreeMemory(readSize), SocketFlags.None, cancellationToken);

    private async ValueTask TakeIfReadAsync()
    {
        if (_reading is not { IsCompleted: true } reading)
            return;
        _reading = null;
        Take(await reading);
    }

    private void Take(int count)
    {
        if (count == 0)
            throw new CallEndedException("the server closed the connection");

        _input.Commit(count);
        _input.Consume(exchange.Receive(_input.Span, Stopwatch.GetTimestamp()));
    }

    private async ValueTask ContinueSendingAsync()
    {
        if (_sending is { IsCompleted: true })
        {
            await _sending;
            _sending = null;
        }

        StartSending();
    }

    private void StartSending()
    {
        if (_sending is not null)
            return;

        exchange.Pack(_filling);
        if (_filling.Length == 0)
            return;

        (_filling, _leaving) = (_leaving, _filling);
        var sending = SendAsync(_leaving);
        if (sending.IsCompletedSuccessfully)
            sending.GetAwaiter().GetResult();
        else
            _sending = sending.AsTask();
    }

    // A write that was begun is never cut off, or the frame after it would not be read as one: disposal ends it.
    private async ValueTask SendAsync(ByteBuffer buffer)
    {
        while (buffer.Length > 0)
            buffer.Consume(await _socket.SendAsync(buffer.Memory, SocketFlags.None));
    }
}
