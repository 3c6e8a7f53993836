using Grpc.Core;
using Messaging.V1;

namespace Messaging.Service.Sync;

/// <summary>
/// Writes one stream's frames with as few flushes as can be: one frame is held back, so that all but the last can be
/// written as "more to come". Used by the stream's write loop alone.
/// </summary>
/// <param name="stream">Where they go.</param>
/// <param name="stall">Watches over a peer that takes nothing.</param>
internal sealed class FrameWriter(IServerStreamWriter<Frame> stream, StallWatch stall)
{
    // What gathers before a flush stays in memory if the peer is slow.
    private const int FlushBytes = 64 * 1024;
    private const int FrameBytes = 128;

    private static readonly WriteOptions MoreToCome = new(WriteFlags.BufferHint);

    private Frame? _held;
    private int _gathered;

    public ValueTask AddAsync(Frame frame)
    {
        var held = _held;
        _held = frame;
        if (held is null)
            return default;
        if ((_gathered += FrameBytes + BodyBytes(held)) >= FlushBytes)
            return WriteAsync(held, options: null);
        return WriteAsync(held, MoreToCome);
    }

    /// <summary>Ends when the transport has room again for more.</summary>
    public ValueTask FlushAsync()
    {
        if (_held is not { } last)
            return default;
        _held = null;
        return WriteAsync(last, options: null);
    }

    private ValueTask WriteAsync(Frame frame, WriteOptions? options)
    {
        if (options is null)
            _gathered = 0;
        stream.WriteOptions = options;
        var write = stream.WriteAsync(frame);
        return write.IsCompletedSuccessfully ? default : stall.WatchAsync(write);
    }

    private static int BodyBytes(Frame frame) =>
        frame.Message is { } message ? message.Payload.Length + message.Encrypted.Length : 0;
}
