using System.Buffers.Binary;
using System.Text;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Peers.Amqp;

/// <summary>An AMQP 0-9-1 client with a durable queue of its own name, and confirms of what it publishes.</summary>
/// <param name="name">Of its queue.</param>
/// <param name="isQuorum">Which kind of queue.</param>
/// <param name="onConfirmed">The broker has one more of our messages.</param>
/// <param name="onMessage">One has come; all of a read are acknowledged at once.</param>
internal sealed class AmqpConnection(
    string name, bool isQuorum, Action<long> onConfirmed, MessageHandler onMessage) : BrokerConnection
{
    private const ushort Channel = 1;

    private long _confirmed;
    private long _delivered;
    private long _acknowledged;
    private bool _isConsuming;

    public override byte[] Address { get; } = Encoding.ASCII.GetBytes(name);

    public override async Task OpenAsync(Uri url, CancellationToken cancellationToken)
    {
        await Connection.ConnectAsync(url, cancellationToken);
        Output.Append("AMQP\0\0\u0009\u0001"u8);
        while (!_isConsuming)
            await Connection.ExchangeAsync(cancellationToken);
    }

    public override void Publish(ReadOnlySpan<byte> address, ReadOnlySpan<byte> payload) =>
        AmqpWriter.WriteMessage(Output, Channel, address, payload);

    public override int Receive(ReadOnlySpan<byte> input, long readAt)
    {
        var consumed = 0;
        while (input.Length - consumed > AmqpWriter.HeaderSize)
        {
            var rest = input[consumed..];
            var length = BinaryPrimitives.ReadInt32BigEndian(rest[3..]);
            if (rest.Length < AmqpWriter.HeaderSize + length + 1)
                break;

            var payload = rest.Slice(AmqpWriter.HeaderSize, length);
            if (rest[0] == AmqpWriter.MethodFrame)
                Take((AmqpMethod)BinaryPrimitives.ReadUInt32BigEndian(payload), payload[4..], readAt);
            else if (rest[0] == AmqpWriter.ContentBody)
                onMessage(payload, readAt);
            consumed += AmqpWriter.HeaderSize + length + 1;
        }

        if (_delivered > _acknowledged)
            Acknowledge();
        return consumed;
    }

    private void Take(AmqpMethod method, ReadOnlySpan<byte> arguments, long readAt)
    {
        switch (method)
        {
            case AmqpMethod.Deliver:
                _delivered = BinaryPrimitives.ReadInt64BigEndian(arguments[(1 + arguments[0])..]);
                break;
            case AmqpMethod.Acknowledge:
                var tag = BinaryPrimitives.ReadInt64BigEndian(arguments);
                var upTo = arguments[8] != 0 ? tag : _confirmed + 1;
                for (; _confirmed < upTo; _confirmed++)
                    onConfirmed(readAt);
                break;
            default:
                GoOn(method, arguments);
                break;
        }
    }

    /// <summary>From the first frame to the queue that is consumed: each answer brings the next question.</summary>
    private void GoOn(AmqpMethod method, ReadOnlySpan<byte> arguments)
    {
        byte[] none = [0, 0, 0, 0];
        byte[] quorum = [.. AmqpWriter.Short("x-queue-type"), (byte)'S', .. AmqpWriter.Long("quorum")];
        byte[] kind = isQuorum ? [0, 0, 0, (byte)quorum.Length, .. quorum] : none;
        switch (method)
        {
            case AmqpMethod.Start:
                Write(0, AmqpMethod.StartOk,
                [
                    .. none, .. AmqpWriter.Short("PLAIN"), .. AmqpWriter.Long("\0guest\0guest"),
                    .. AmqpWriter.Short("en_US"),
                ]);
                break;
            case AmqpMethod.Tune:
                Write(0, AmqpMethod.TuneOk, [.. arguments[..6], 0, 0]); // its limits, and no heartbeat
                Write(0, AmqpMethod.Open, [.. AmqpWriter.Short("/"), 0, 0]);
                break;
            case AmqpMethod.OpenOk:
                Write(Channel, AmqpMethod.OpenChannel, [0]);
                break;
            case AmqpMethod.OpenChannelOk:
                Write(Channel, AmqpMethod.SelectConfirms, [0]);
                break;
            case AmqpMethod.SelectConfirmsOk:
                Write(Channel, AmqpMethod.DeclareQueue, [0, 0, .. AmqpWriter.Short(name), 2, .. kind]); // durable
                break;
            case AmqpMethod.DeclareQueueOk:
                Write(Channel, AmqpMethod.Consume, [0, 0, .. AmqpWriter.Short(name), 0, 0, .. none]);
                break;
            case AmqpMethod.ConsumeOk:
                _isConsuming = true;
                break;
            default:
                throw new CallEndedException(
                    $"the broker said {(uint)method >> 16}.{(ushort)method}: {Encoding.ASCII.GetString(arguments)}");
        }
    }

    private void Write(ushort channel, AmqpMethod method, byte[] arguments) =>
        AmqpWriter.WriteMethod(Output, channel, method, arguments);

    private void Acknowledge()
    {
        Span<byte> arguments = stackalloc byte[9];
        BinaryPrimitives.WriteInt64BigEndian(arguments, _delivered);
        arguments[8] = 1; // and all before it
        AmqpWriter.WriteMethod(Output, Channel, AmqpMethod.Acknowledge, arguments);
        _acknowledged = _delivered;
    }
}
