using System.Buffers.Binary;
using System.Text;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Http2;

/// <summary>
/// One gRPC call on an HTTP/2 connection of its own, without the socket: bytes that came in go to
/// <see cref="Receive"/>, bytes to send are gathered by <see cref="Pack"/>. One owner.
/// </summary>
/// <remarks>Grpc.Net.Client flushes every write, so that a load built on it would measure itself.</remarks>
internal sealed class Http2Call(IFrameReceiver receiver, int capacity) : IExchange
{
    private const int StreamId = 1;
    private const int LargestFrame = 16_384;
    private const int ReceiveWindow = 16 << 20;

    private readonly MessageAssembler _messages = new(receiver);
    private readonly SendWindow _window = new();
    private readonly ByteBuffer _control = new(1024);
    private readonly ByteBuffer _data = new(capacity);
    private readonly ByteBuffer _headerBlock = new(1024);
    private bool _isCompleting;
    private bool _hasHalfClosed;
    private bool _headerBlockEndsCall;
    private int _unreported;

    /// <summary>The headers the server answered with; null until they came.</summary>
    public ResponseHeaders? Headers { get; private set; }

    /// <summary>True once this side has half-closed and the server has ended the call with OK.</summary>
    public bool HasEnded { get; private set; }

    public void Begin(byte[] headerBlock)
    {
        _control.Append("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        // Header table 0 (what the server sends is literal then), no push, a window that is never the limit.
        _control.Append([0, 0, 18, (byte)FrameType.Settings, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 4]);
        BinaryPrimitives.WriteInt32BigEndian(_control.Reserve(4), ReceiveWindow);
        WriteWindowUpdate(0, ReceiveWindow - 65_535);
        WriteControl(FrameType.Headers, FrameFlags.EndHeaders, StreamId, headerBlock);
    }

    /// <summary>Room for one gRPC message, prefix included; the caller fills it at once.</summary>
    public Span<byte> Reserve(int count) => _data.Reserve(count);

    /// <summary>Half-closes after what is queued.</summary>
    public void Complete() => _isCompleting = true;

    /// <summary>Moves to <paramref name="output"/> all that may be sent now.</summary>
    public void Pack(ByteBuffer output)
    {
        output.Append(_control.Span);
        _control.Clear();
        while (_data.Length > 0 || _isCompleting)
        {
            var length = _window.NextFrame(_data.Length);
            if (length == 0 && _data.Length > 0)
                return;

            var isLast = _isCompleting && length == _data.Length;
            var flags = isLast ? FrameFlags.EndStream : FrameFlags.None;
            new FrameHeader(length, FrameType.Data, flags, StreamId).Write(output.Reserve(FrameHeader.Size));
            output.Append(_data.Span[..length]);
            _data.Consume(length);
            _window.Take(length);
            if (isLast)
                (_isCompleting, _hasHalfClosed) = (false, true);
        }
    }

    /// <summary>Handles every whole frame in <paramref name="input"/>; returns how many bytes those were.</summary>
    public int Receive(ReadOnlySpan<byte> input, long readAt)
    {
        var consumed = 0;
        while (input.Length - consumed >= FrameHeader.Size)
        {
            var header = FrameHeader.Read(input[consumed..]);
            if (header.Length > LargestFrame)
                throw new CallEndedException("the server does not speak HTTP/2 here, or sent too large a frame");
            if (input.Length - consumed < FrameHeader.Size + header.Length)
                break;

            Handle(header, input.Slice(consumed + FrameHeader.Size, header.Length), readAt);
            consumed += FrameHeader.Size + header.Length;
        }

        return consumed;
    }

    private void Handle(FrameHeader header, ReadOnlySpan<byte> payload, long readAt)
    {
        switch (header.Type)
        {
            case FrameType.Data:
                _messages.Add(Unpad(header, payload), readAt);
                ReportConsumed(header.Length);
                if (header.Flags.HasFlag(FrameFlags.EndStream))
                    throw new CallEndedException("the server ended the call without a status");
                break;
            case FrameType.Headers:
                _headerBlock.Clear();
                _headerBlockEndsCall = header.Flags.HasFlag(FrameFlags.EndStream);
                var block = Unpad(header, payload);
                AddHeaders(header, header.Flags.HasFlag(FrameFlags.Priority) ? block[5..] : block);
                break;
            case FrameType.Continuation:
                AddHeaders(header, payload);
                break;
            case FrameType.Settings when !header.Flags.HasFlag(FrameFlags.Acknowledged):
                _window.Apply(payload);
                WriteControl(FrameType.Settings, FrameFlags.Acknowledged, 0, []);
                break;
            case FrameType.Ping when !header.Flags.HasFlag(FrameFlags.Acknowledged):
                WriteControl(FrameType.Ping, FrameFlags.Acknowledged, 0, payload);
                break;
            case FrameType.WindowUpdate:
                _window.Widen(header.StreamId, payload);
                break;
            case FrameType.ResetStream:
                throw new CallEndedException($"the server reset the stream, HTTP/2 error {ReadCode(payload)}");
            case FrameType.GoAway when !HasEnded:
                throw new CallEndedException(
                    $"the server closes the connection, HTTP/2 error {ReadCode(payload[4..])} "
                    + Encoding.UTF8.GetString(payload[8..]));
        }
    }

    private void AddHeaders(FrameHeader header, ReadOnlySpan<byte> block)
    {
        _headerBlock.Append(block);
        if (!header.Flags.HasFlag(FrameFlags.EndHeaders))
            return;

        var headers = ResponseHeaders.Decode(_headerBlock.Span);
        Headers ??= headers;
        if (_headerBlockEndsCall)
            End(headers);
        else if (headers[":status"] is { } status && status != "200")
            throw new CallEndedException($"the server answered HTTP {status}");
    }

    private void End(ResponseHeaders trailers)
    {
        if (!_hasHalfClosed || trailers["grpc-status"] != "0")
        {
            var text = Uri.UnescapeDataString(trailers["grpc-message"] ?? "no text");
            throw new CallEndedException(
                $"the server ended the call: HTTP {trailers[":status"] ?? "200"}, "
                + $"gRPC status {trailers["grpc-status"] ?? "unknown"}: {text}");
        }

        HasEnded = true;
    }

    private void ReportConsumed(int count)
    {
        _unreported += count;
        if (_unreported < ReceiveWindow / 4)
            return;

        WriteWindowUpdate(0, _unreported);
        WriteWindowUpdate(StreamId, _unreported);
        _unreported = 0;
    }

    private void WriteWindowUpdate(int streamId, int increment)
    {
        Span<byte> payload = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, increment);
        WriteControl(FrameType.WindowUpdate, FrameFlags.None, streamId, payload);
    }

    private void WriteControl(FrameType type, FrameFlags flags, int streamId, ReadOnlySpan<byte> payload)
    {
        new FrameHeader(payload.Length, type, flags, streamId).Write(_control.Reserve(FrameHeader.Size));
        _control.Append(payload);
    }

    private static ReadOnlySpan<byte> Unpad(FrameHeader header, ReadOnlySpan<byte> payload) =>
        header.Flags.HasFlag(FrameFlags.Padded) ? payload[1..^payload[0]] : payload;

    private static uint ReadCode(ReadOnlySpan<byte> payload) => BinaryPrimitives.ReadUInt32BigEndian(payload);
}
