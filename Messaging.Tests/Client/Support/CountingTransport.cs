using Messaging.Client.Connection;
using Messaging.V1;

namespace Messaging.Tests.Client.Support;

/// <summary>Counts the acknowledgements that go up.</summary>
internal sealed class CountingTransport(ISyncTransport inner) : ISyncTransport
{
    private int _acknowledgements;

    public int Acknowledgements => Volatile.Read(ref _acknowledgements);

    public ISyncStream Open(StreamRequest request) => new Stream(inner.Open(request), this);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class Stream(ISyncStream inner, CountingTransport transport) : ISyncStream
    {
        public Task<StreamHeaders> HeadersAsync(CancellationToken cancellationToken) =>
            inner.HeadersAsync(cancellationToken);

        public ValueTask<Frame?> ReadAsync(CancellationToken cancellationToken) => inner.ReadAsync(cancellationToken);

        public ValueTask WriteAsync(Frame frame, bool more, CancellationToken cancellationToken)
        {
            if (frame.Signal is { SignalAckState.Received: true })
                Interlocked.Increment(ref transport._acknowledgements);
            return inner.WriteAsync(frame, more, cancellationToken);
        }

        public Task CompleteAsync() => inner.CompleteAsync();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
