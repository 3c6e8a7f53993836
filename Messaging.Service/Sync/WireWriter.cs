using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;
using Grpc.Core;
using Messaging.V1;

namespace Messaging.Service.Sync;

/// <summary>
/// Puts frames straight into a call's body, framed as gRPC frames them, many into one stretch of memory. Those with more
/// to come stay there until one is written without. One writer at a time.
/// </summary>
internal sealed class WireWriter(PipeWriter body) : IServerStreamWriter<Frame>
{
    private Memory<byte> _room;
    private int _used;

    /// <inheritdoc/>
    public WriteOptions? WriteOptions { get; set; }

    /// <inheritdoc/>
    public Task WriteAsync(Frame message)
    {
        Put(message);
        if (WriteOptions is { } options && options.Flags.HasFlag(WriteFlags.BufferHint))
            return Task.CompletedTask;
        Leave();
        return FlushAsync();
    }

    private void Put(Frame frame)
    {
        var length = frame.CalculateSize();
        var needed = WireFraming.PrefixBytes + length;
        if (_room.Length - _used < needed)
        {
            Leave();
            _room = body.GetMemory(needed);
        }

        var place = _room.Span.Slice(_used, needed);
        place[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(place[1..], (uint)length);
        frame.WriteTo(place[WireFraming.PrefixBytes..]);
        _used += needed;
    }

    private void Leave()
    {
        if (_used > 0)
            body.Advance(_used);
        (_room, _used) = (default, 0);
    }

    private async Task FlushAsync()
    {
        var flushed = await body.FlushAsync();
        if (flushed.IsCompleted)
            throw new IOException("The peer reads no more.");
    }
}
