using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Grpc.Core;
using Messaging.V1;

namespace Messaging.Service.Sync;

/// <summary>
/// Takes frames straight from a call's body: each behind a byte that says whether it is compressed and four with its
/// length (the framing of gRPC over HTTP/2). Frames that have come together are taken without waiting. One reader at a time.
/// </summary>
/// <param name="body">The request's body.</param>
/// <param name="mostBytes">A larger frame ends the stream before it is read.</param>
internal sealed class WireReader(PipeReader body, int mostBytes) : IAsyncStreamReader<Frame>
{
    private static readonly Frame None = new();

    private ReadOnlySequence<byte> _unread;
    private bool _isHeld;
    private bool _isLast;

    /// <inheritdoc/>
    public Frame Current { get; private set; } = None;

    /// <inheritdoc/>
    /// <exception cref="RpcException">The frame is too long, compressed or not whole.</exception>
    /// <exception cref="InvalidDataException">The bytes are no frame.</exception>
    /// <exception cref="Google.Protobuf.InvalidProtocolBufferException">What is in the frame is no <see cref="Frame"/>.</exception>
    public Task<bool> MoveNext(CancellationToken cancellationToken) =>
        TryTake() ? TaskOf.True : ReadOnAsync(cancellationToken);

    private async Task<bool> ReadOnAsync(CancellationToken cancellationToken)
    {
        do
        {
            if (_isLast)
            {
                return _unread.IsEmpty
                    ? false
                    : throw Refuse(StatusCode.Internal, "the stream ended in the middle of a frame");
            }

            if (_isHeld)
                body.AdvanceTo(_unread.Start, _unread.End);
            var read = await body.ReadAsync(cancellationToken);
            (_unread, _isHeld, _isLast) = (read.Buffer, true, read.IsCompleted);
        }
        while (!TryTake());

        return true;
    }

    private bool TryTake()
    {
        if (_unread.Length < WireFraming.PrefixBytes)
            return false;

        Span<byte> prefix = stackalloc byte[WireFraming.PrefixBytes];
        _unread.Slice(0, WireFraming.PrefixBytes).CopyTo(prefix);
        if (prefix[0] > 1)
            throw new InvalidDataException("The byte before a frame says neither compressed nor not.");
        if (prefix[0] == 1)
            throw Refuse(StatusCode.Unimplemented, "compressed frames are not taken");
        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
        if (length > mostBytes)
            throw Refuse(StatusCode.ResourceExhausted, $"a frame is longer than {mostBytes} bytes");
        if (_unread.Length - WireFraming.PrefixBytes < length)
            return false;

        Current = Frame.Parser.ParseFrom(_unread.Slice(WireFraming.PrefixBytes, length));
        _unread = _unread.Slice(WireFraming.PrefixBytes + length);
        return true;
    }

    private static RpcException Refuse(StatusCode code, string text) => new(new Status(code, text));

    private static class TaskOf
    {
        public static readonly Task<bool> True = Task.FromResult(true);
    }
}
