using System.Globalization;
using Messaging.Benchmarks.Chat;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Peers.Redis;

/// <summary>
/// A stream for the messages and one for the ticks. Each side has a connection that waits for entries, as a blocked
/// connection takes no command, and one for everything else; acknowledgements and additions go in one write.
/// </summary>
internal sealed class RedisPair : PeerPair
{
    private readonly string _messages;
    private readonly string _ticks;
    private readonly string _payload;
    private readonly RedisConnection _senderWrites;
    private readonly RedisReader _senderReads;
    private readonly RedisConnection _receiverWrites;
    private readonly RedisReader _receiverReads;
    private long _last;

    public RedisPair(string name, PeerLoad load)
        : base(load)
    {
        (_messages, _ticks, _payload) = ($"{name}:m", $"{name}:t", new string('x', load.Payload));
        _senderWrites = new RedisConnection((isAdded, readAt) =>
        {
            if (isAdded)
                Window.Accept(readAt);
        });
        _senderReads = new RedisReader(_ticks, TakeTick);
        _receiverWrites = new RedisConnection((_, _) => { });
        _receiverReads = new RedisReader(_messages, TakeMessage);
    }

    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        await _senderWrites.Connection.ConnectAsync(Load.Url, cancellationToken);
        await _receiverWrites.Connection.ConnectAsync(Load.Url, cancellationToken);
        await _senderReads.OpenAsync(Load.Url, cancellationToken);
        await _receiverReads.OpenAsync(Load.Url, cancellationToken);
    }

    public override void Dispose()
    {
        _senderWrites.Dispose();
        _senderReads.Dispose();
        _receiverWrites.Dispose();
        _receiverReads.Dispose();
    }

    protected override void Send(long number) =>
        _senderWrites.Add(_messages, number.ToString(CultureInfo.InvariantCulture), _payload);

    protected override ValueTask ExchangeSenderAsync(CancellationToken cancellationToken) =>
        CoalescingConnection.ExchangeAsync(_senderWrites.Connection, _senderReads.Connection, cancellationToken);

    protected override ValueTask ExchangeReceiverAsync(CancellationToken cancellationToken) =>
        CoalescingConnection.ExchangeAsync(_receiverWrites.Connection, _receiverReads.Connection, cancellationToken);

    private void TakeTick(string id, long number, long readAt)
    {
        Window.Receive(number, readAt);
        _senderWrites.Acknowledge(_ticks, id);
    }

    private void TakeMessage(string id, long number, long readAt)
    {
        if (number != ++_last)
            throw new ViolationException($"message {_last} was due, then came {number}");
        _receiverWrites.Acknowledge(_messages, id);
        _receiverWrites.Add(_ticks, number.ToString(CultureInfo.InvariantCulture), "");
    }
}
