using System.Threading.Channels;
using Messaging.Client.Connection;
using Messaging.V1;

namespace Messaging.Tests.Client.Support;

/// <summary>A server without a disk or a network, which takes everything at once: what is left is the client.</summary>
/// <param name="incoming">How many messages of bob it has for alice.</param>
/// <param name="payload">The content of each.</param>
internal sealed class InstantServer(int incoming, byte[] payload) : ISyncTransport
{
    private const int Window = 64;

    public int Incoming { get; } = incoming;

    private readonly Google.Protobuf.ByteString _payload = Google.Protobuf.ByteString.CopyFrom(payload);

    public ISyncStream Open(StreamRequest request) => new Stream(this);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Stream : ISyncStream
    {
        private readonly InstantServer _server;
        private readonly Channel<Frame> _down = Channel.CreateUnbounded<Frame>();
        private int _sent;
        private int _head;

        public Stream(InstantServer server)
        {
            _server = server;
            _down.Writer.TryWrite(Down.Position(0));
            Deliver(acknowledged: 0);
        }

        public Task<StreamHeaders> HeadersAsync(CancellationToken cancellationToken) =>
            Task.FromResult(new StreamHeaders("s", "e1", Window, null));

        public async ValueTask<Frame?> ReadAsync(CancellationToken cancellationToken) =>
            await _down.Reader.WaitToReadAsync(cancellationToken) && _down.Reader.TryRead(out var frame) ? frame : null;

        public ValueTask WriteAsync(Frame frame, bool more, CancellationToken cancellationToken)
        {
            if (frame.Message is { } message)
                _down.Writer.TryWrite(Down.Accepted(message.Id, offset: 0, ++_head));
            else if (frame.Signal is { SignalAckState.Received: true } acknowledgement)
                Deliver(acknowledgement.SignalOffset);
            return ValueTask.CompletedTask;
        }

        public Task CompleteAsync()
        {
            _down.Writer.TryComplete();
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private void Deliver(int acknowledged)
        {
            while (_sent < Math.Min(_server.Incoming, acknowledged + Window))
            {
                var frame = Down.Message(++_sent);
                frame.Message.Payload = _server._payload;
                _down.Writer.TryWrite(frame);
            }
        }
    }
}
