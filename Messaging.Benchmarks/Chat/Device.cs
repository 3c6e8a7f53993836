using Messaging.Benchmarks.Http2;
using Messaging.Benchmarks.Sockets;
using Messaging.Benchmarks.Wire;

namespace Messaging.Benchmarks.Chat;

/// <summary>One device: a connection, its Sync stream and its place in the queue. Its loop is the one owner.</summary>
internal abstract class Device : IFrameReceiver, IDisposable
{
    private const string Path = "/messaging.v1.MessagingService/Sync";

    private readonly string _user;
    private readonly string _device;
    private readonly CallConnection _connection;

    protected Device(string user, string device, int farthestAhead, int readSize = CoalescingConnection.BusyReadSize)
    {
        (_user, _device) = (user, device);
        _connection = new CallConnection(this, readSize);
        Position = new QueuePosition(farthestAhead);
    }

    protected QueuePosition Position { get; }

    protected Http2Call Call => _connection.Call;

    /// <summary>Connects, and waits for the position at which the server begins.</summary>
    public Task OpenAsync(Uri server, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await _connection.ConnectAsync(
            server,
            Path,
            [new("messaging-user", _user), new("messaging-device", _device)],
            cancellationToken);
        while (!Position.HasBegun)
            await ExchangeAsync(cancellationToken);
    });

    void IFrameReceiver.OnFrame(ReadOnlySpan<byte> frame, long readAt)
    {
        var received = ReceivedFrame.Read(frame);
        if (received.Kind == V1.SignalKind.Error || !received.IsAdvanced)
            throw new ViolationException($"not advanced: {received.ToString()}");

        if (received.IsPosition)
            Position.TakePosition(received);
        else if (received.IsEntry)
            TakeEntry(received, readAt);
        else
            TakeAnswer(received, readAt);
    }

    /// <summary>Cuts the connection off without a word.</summary>
    public void Abort() => _connection.Abort();

    public void Dispose() => _connection.Dispose();

    protected abstract void TakeEntry(in ReceivedFrame entry, long readAt);

    protected abstract void TakeAnswer(in ReceivedFrame answer, long readAt);

    protected ValueTask ExchangeAsync(CancellationToken cancellationToken) =>
        _connection.ExchangeAsync(cancellationToken);

    /// <summary>Half-closes, and waits for the server to end the call with OK.</summary>
    protected async Task CloseAsync(CancellationToken cancellationToken)
    {
        Call.Complete();
        while (!Call.HasEnded)
            await ExchangeAsync(cancellationToken);
    }

    /// <summary>Says whose stream it was that failed.</summary>
    protected async Task GuardAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception e) when (e is CallEndedException or System.Net.Sockets.SocketException)
        {
            throw new CallEndedException($"{_user}/{_device}: {e.Message}");
        }
        catch (Exception e) when (e is ViolationException or InvalidDataException)
        {
            throw new ViolationException($"{_user}/{_device}: {e.Message}");
        }
    }
}
