using System.Buffers.Binary;
using System.Text;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Peers.SignalR;

/// <summary>A SignalR client: hub messages in MessagePack, in web socket frames, many to a write.</summary>
/// <param name="name">By which others write to it.</param>
/// <param name="onAnswer">The hub has handed on one more of our messages.</param>
/// <param name="onMessage">One has come.</param>
internal sealed class SignalRConnection(string name, Action<long> onAnswer, MessageHandler onMessage) : BrokerConnection
{
    private const byte Invocation = 1;
    private const byte Completion = 3;
    private const byte Ping = 6;
    private const byte BinaryFrame = 0x82;

    private readonly ByteBuffer _hub = new(CoalescingConnection.BusyReadSize);
    private readonly ByteBuffer _body = new(1024);
    private bool _isUpgraded;
    private bool _isOpen;

    public override byte[] Address { get; } = Encoding.ASCII.GetBytes(name);

    public override async Task OpenAsync(Uri url, CancellationToken cancellationToken)
    {
        await Connection.ConnectAsync(url, cancellationToken);
        Output.Append(Encoding.ASCII.GetBytes(
            $"GET /hub?name={name} HTTP/1.1\r\nHost: {url.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"));
        while (!_isUpgraded)
            await Connection.ExchangeAsync(cancellationToken);

        WriteFrame("{\"protocol\":\"messagepack\",\"version\":1}\u001e"u8);
        while (!_isOpen)
            await Connection.ExchangeAsync(cancellationToken);
    }

    public override void Publish(ReadOnlySpan<byte> address, ReadOnlySpan<byte> payload)
    {
        // [1, {}, "i", "s", [ADDRESS, PAYLOAD], []]
        _body.Clear();
        _body.Append([0x96, Invocation, 0x80, 0xa1, (byte)'i', 0xa1, (byte)'s', 0x92, 0xd9, (byte)address.Length]);
        _body.Append(address);
        _body.Append([0xc5]);
        BinaryPrimitives.WriteUInt16BigEndian(_body.Reserve(2), (ushort)payload.Length);
        _body.Append(payload);
        _body.Append([0x90]);

        var length = _body.Length;
        Span<byte> prefix = length < 0x80 ? [(byte)length] : [(byte)(length | 0x80), (byte)(length >> 7)];
        WriteFrameHeader(prefix.Length + length);
        Output.Append(prefix);
        Output.Append(_body.Span);
    }

    public override int Receive(ReadOnlySpan<byte> input, long readAt)
    {
        var consumed = 0;
        if (!_isUpgraded)
        {
            var end = input.IndexOf("\r\n\r\n"u8);
            if (end < 0)
                return 0;
            if (!input.StartsWith("HTTP/1.1 101"u8))
                throw new CallEndedException($"the hub answered {Encoding.ASCII.GetString(input)}");
            (_isUpgraded, consumed) = (true, end + 4);
        }

        // What frames hold is one sequence of bytes.
        while (TryReadFrame(input[consumed..], out var header, out var length))
        {
            _hub.Append(input.Slice(consumed + header, length));
            consumed += header + length;
        }

        TakeHubMessages(readAt);
        return consumed;
    }

    private static bool TryReadFrame(ReadOnlySpan<byte> input, out int header, out int length)
    {
        (header, length) = (2, 0);
        if (input.Length < 2)
            return false;
        length = input[1];
        if (length == 126)
        {
            header = 4;
            if (input.Length < header)
                return false;
            length = BinaryPrimitives.ReadUInt16BigEndian(input[2..]);
        }
        else if (length == 127)
        {
            header = 10;
            if (input.Length < header)
                return false;
            length = (int)BinaryPrimitives.ReadInt64BigEndian(input[2..]);
        }

        return input.Length >= header + length;
    }

    private void TakeHubMessages(long readAt)
    {
        if (!_isOpen && _hub.Length > 0)
        {
            var end = _hub.Span.IndexOf((byte)0x1e);
            if (end < 0)
                return;
            if (end > 2)
                throw new CallEndedException($"the hub answered {Encoding.ASCII.GetString(_hub.Span[..end])}");
            _hub.Consume(end + 1);
            _isOpen = true;
        }

        while (TryReadLength(_hub.Span, out var header, out var length) && _hub.Length >= header + length)
        {
            Take(_hub.Span.Slice(header, length), readAt);
            _hub.Consume(header + length);
        }
    }

    private static bool TryReadLength(ReadOnlySpan<byte> input, out int header, out int length)
    {
        length = 0;
        for (header = 0; header < input.Length;)
        {
            var next = input[header];
            length |= (next & 0x7f) << (7 * header++);
            if (next < 0x80)
                return true;
        }

        return false;
    }

    private void Take(ReadOnlySpan<byte> message, long readAt)
    {
        switch (message[1])
        {
            case Completion when message[5] != 1: // no error
                onAnswer(readAt);
                break;
            case Invocation:
                // [1, {}, nil, "m", [PAYLOAD], []]: behind the target a list of one.
                var payload = message[7..];
                payload = payload[0] == 0xc4
                    ? payload.Slice(2, payload[1])
                    : payload.Slice(3, payload[1] << 8 | payload[2]);
                onMessage(payload, readAt);
                break;
            case Ping:
                break;
            default:
                throw new CallEndedException($"the hub sent {Convert.ToHexString(message)}");
        }
    }

    private void WriteFrame(ReadOnlySpan<byte> payload)
    {
        WriteFrameHeader(payload.Length);
        Output.Append(payload);
    }

    // A client's frames are masked; with zeros that changes nothing.
    private void WriteFrameHeader(int length)
    {
        if (length < 126)
            Output.Append([BinaryFrame, (byte)(0x80 | length), 0, 0, 0, 0]);
        else
            Output.Append([BinaryFrame, 0x80 | 126, (byte)(length >> 8), (byte)length, 0, 0, 0, 0]);
    }
}
