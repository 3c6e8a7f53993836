using Messaging.Client.Connection;
using Messaging.Tests.Reliability.Judging;
using Messaging.V1;

namespace Messaging.Tests.Reliability.Network;

/// <summary>Writes each frame of a client library into a history: before it goes up, as soon as it has come down.</summary>
internal sealed class RecordingTransport(ISyncTransport inner, History history) : ISyncTransport
{
    public ISyncStream Open(StreamRequest request)
    {
        var written = history.Open(
            request.User, request.Device,
            request.Position is var (epoch, offset) ? $"{epoch}/{offset}" : null);
        return new Stream(inner.Open(request), written);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class Stream(ISyncStream inner, StreamHistory written) : ISyncStream
    {
        public async Task<StreamHeaders> HeadersAsync(CancellationToken cancellationToken)
        {
            var headers = await inner.HeadersAsync(cancellationToken);

            // A stream that is refused has none of them; its status follows.
            if (headers is { Session.Length: > 0, Head: { } head, Window: { } window })
                written.Began(headers.Epoch, head, window);
            return headers;
        }

        public async ValueTask<Frame?> ReadAsync(CancellationToken cancellationToken)
        {
            var frame = await inner.ReadAsync(cancellationToken);
            if (frame is not null)
                written.Down(frame);
            return frame;
        }

        public ValueTask WriteAsync(Frame frame, bool more, CancellationToken cancellationToken)
        {
            written.Up(frame);
            return inner.WriteAsync(frame, more, cancellationToken);
        }

        public Task CompleteAsync() => inner.CompleteAsync();

        public ValueTask DisposeAsync()
        {
            written.Ended("left");
            return inner.DisposeAsync();
        }
    }
}
