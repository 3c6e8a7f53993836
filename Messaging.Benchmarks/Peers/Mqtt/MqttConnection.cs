using System.Buffers.Binary;
using System.Text;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Peers.Mqtt;

/// <summary>An MQTT 3.1.1 client with a session that lasts, subscribed to the topic of its own name at QoS 1.</summary>
/// <param name="name">Its client id.</param>
/// <param name="onAcknowledged">The broker has one more of our messages, in order.</param>
/// <param name="onMessage">One has come; it is acknowledged already.</param>
internal sealed class MqttConnection(
    string name, Action<long> onAcknowledged, MessageHandler onMessage) : BrokerConnection
{
    private const byte Connect = 0x10;
    private const byte ConnectAnswer = 0x20;
    private const byte PublishAtLeastOnce = 0x32;
    private const byte PublishAnswer = 0x40;
    private const byte Subscribe = 0x82;
    private const byte SubscribeAnswer = 0x90;

    private ushort _lastId;
    private ushort _lastAcknowledged;
    private bool _isSubscribed;

    public override byte[] Address { get; } = Encoding.ASCII.GetBytes(name);

    public override async Task OpenAsync(Uri url, CancellationToken cancellationToken)
    {
        await Connection.ConnectAsync(url, cancellationToken);
        // Protocol level 4, a session that is kept, no keep-alive.
        Write(Connect, [0, 4, .. "MQTT"u8, 4, 0, 0, 0, 0, (byte)Address.Length, .. Address]);
        Write(Subscribe, [0, 1, 0, (byte)Address.Length, .. Address, 1]);
        while (!_isSubscribed)
            await Connection.ExchangeAsync(cancellationToken);
    }

    public override void Publish(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload)
    {
        _lastId = Next(_lastId);
        WriteHeader(PublishAtLeastOnce, 2 + topic.Length + 2 + payload.Length);
        var target = Output.Reserve(2 + topic.Length + 2);
        BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)topic.Length);
        topic.CopyTo(target[2..]);
        BinaryPrimitives.WriteUInt16BigEndian(target[(2 + topic.Length)..], _lastId);
        Output.Append(payload);
    }

    public override int Receive(ReadOnlySpan<byte> input, long readAt)
    {
        var consumed = 0;
        while (TryReadLength(input[consumed..], out var header, out var length)
            && input.Length - consumed >= header + length)
        {
            Take(input[consumed], input.Slice(consumed + header, length), readAt);
            consumed += header + length;
        }

        return consumed;
    }

    private void Take(byte type, ReadOnlySpan<byte> body, long readAt)
    {
        switch (type & 0xf0)
        {
            case PublishAnswer:
                _lastAcknowledged = Next(_lastAcknowledged);
                if (BinaryPrimitives.ReadUInt16BigEndian(body) != _lastAcknowledged)
                    throw new CallEndedException("the broker acknowledged out of order");
                onAcknowledged(readAt);
                break;
            case PublishAtLeastOnce & 0xf0:
                var topic = 2 + BinaryPrimitives.ReadUInt16BigEndian(body);
                WriteHeader(PublishAnswer, 2);
                Output.Append(body.Slice(topic, 2));
                onMessage(body[(topic + 2)..], readAt);
                break;
            case ConnectAnswer when body[1] == 0:
                break;
            case SubscribeAnswer & 0xf0 when body[2] == 1:
                _isSubscribed = true;
                break;
            default:
                throw new CallEndedException($"the broker answered with a packet of type {type >> 4}");
        }
    }

    private void Write(byte type, ReadOnlySpan<byte> body)
    {
        WriteHeader(type, body.Length);
        Output.Append(body);
    }

    private void WriteHeader(byte type, int length)
    {
        Output.Append([type]);
        for (; length >= 0x80; length >>= 7)
            Output.Append([(byte)(length | 0x80)]);
        Output.Append([(byte)length]);
    }

    private static bool TryReadLength(ReadOnlySpan<byte> input, out int header, out int length)
    {
        length = 0;
        for (header = 1; header < input.Length; header++)
        {
            length |= (input[header] & 0x7f) << (7 * (header - 1));
            if (input[header] < 0x80)
            {
                header++;
                return true;
            }
        }

        return false;
    }

    // Zero is no id; there are never as many in flight.
    private static ushort Next(ushort id) => id == ushort.MaxValue ? (ushort)1 : (ushort)(id + 1);
}
