using System.Buffers.Binary;
using Messaging.Benchmarks.Chat;

namespace Messaging.Benchmarks.Peers.Nats;

/// <summary>Two NATS clients with a stream each; the stream answers each message, the client acknowledges each.</summary>
internal sealed class NatsPair : PeerPair
{
    private readonly NatsConnection _sender;
    private readonly NatsConnection _receiver;
    private readonly byte[] _message;
    private readonly byte[] _tick = new byte[sizeof(long)];
    private long _last;

    public NatsPair(string name, PeerLoad load)
        : base(load)
    {
        _message = new byte[Math.Max(load.Payload, sizeof(long))];
        _sender = new NatsConnection($"{name}-s", onStored: Window.Accept, onMessage: TakeTick);
        _receiver = new NatsConnection($"{name}-r", onStored: _ => { }, onMessage: TakeMessage);
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
        _sender.Publish(_receiver.Subject, _message);
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
        _receiver.Publish(_sender.Subject, _tick);
    }
}
