using System.Buffers.Binary;
using Messaging.Benchmarks.Chat;

namespace Messaging.Benchmarks.Peers;

/// <summary>Two clients of a broker: one writes to the other, which writes back the number of each message.</summary>
internal sealed class BrokerPair : PeerPair
{
    private readonly BrokerConnection _sender;
    private readonly BrokerConnection _receiver;
    private readonly byte[] _message;
    private readonly byte[] _tick = new byte[sizeof(long)];
    private long _last;

    /// <param name="name">Of the pair.</param>
    /// <param name="load">What it does.</param>
    /// <param name="connect">Makes a client, from its name, what hears of answers, and what takes messages.</param>
    public BrokerPair(string name, PeerLoad load, Func<string, Action<long>, MessageHandler, BrokerConnection> connect)
        : base(load)
    {
        _message = new byte[Math.Max(load.Payload, sizeof(long))];
        _sender = connect($"{name}-s", Window.Accept, TakeTick);
        _receiver = connect($"{name}-r", _ => { }, TakeMessage);
    }

    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        await _sender.OpenAsync(Load.Url, cancellationToken);
        await _receiver.OpenAsync(Load.Url, cancellationToken);
    }

    public override void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }

    protected override void Send(long number)
    {
        BinaryPrimitives.WriteInt64BigEndian(_message, number);
        _sender.Publish(_receiver.Address, _message);
    }

    protected override ValueTask ExchangeSenderAsync(CancellationToken cancellationToken) =>
        _sender.Connection.ExchangeAsync(cancellationToken);

    protected override ValueTask ExchangeReceiverAsync(CancellationToken cancellationToken) =>
        _receiver.Connection.ExchangeAsync(cancellationToken);

    private void TakeTick(ReadOnlySpan<byte> payload, long readAt) =>
        Window.Receive(BinaryPrimitives.ReadInt64BigEndian(payload), readAt);

    private void TakeMessage(ReadOnlySpan<byte> payload, long readAt)
    {
        var number = BinaryPrimitives.ReadInt64BigEndian(payload);
        if (number != ++_last || payload.Length != _message.Length)
            throw new ViolationException($"message {_last} was due, then came {number} of {payload.Length} bytes");
        BinaryPrimitives.WriteInt64BigEndian(_tick, number);
        _receiver.Publish(_sender.Address, _tick);
    }
}
