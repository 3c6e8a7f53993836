using System.Buffers.Binary;
using Messaging.Benchmarks.Chat;

namespace Messaging.Benchmarks.Peers.Mqtt;

/// <summary>Two MQTT clients with a topic each; whatever goes either way is acknowledged by the broker first.</summary>
internal sealed class MqttPair : PeerPair
{
    private readonly MqttConnection _sender;
    private readonly MqttConnection _receiver;
    private readonly byte[] _message;
    private readonly byte[] _tick = new byte[sizeof(long)];
    private long _last;

    public MqttPair(string name, PeerLoad load)
        : base(load)
    {
        _message = new byte[Math.Max(load.Payload, sizeof(long))];
        _sender = new MqttConnection($"{name}-s", onAcknowledged: Window.Accept, onMessage: TakeTick);
        _receiver = new MqttConnection($"{name}-r", onAcknowledged: _ => { }, onMessage: TakeMessage);
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
        _sender.Publish(_receiver.Topic, _message);
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
        _receiver.Publish(_sender.Topic, _tick);
    }
}
