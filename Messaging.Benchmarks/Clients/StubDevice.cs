using Grpc.Core;
using Grpc.Net.Client;
using Messaging.Benchmarks.Chat;
using Messaging.V1;

namespace Messaging.Benchmarks.Clients;

/// <summary>One stream over the generated stub. One loop reads it, and writes between two reads.</summary>
internal sealed class StubDevice : IDisposable
{
    // Half of the window that the service gives.
    private const int AcknowledgeEvery = 32;

    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<Frame, Frame> _call;
    private int _acknowledgeable;
    private int _unacknowledged;

    public StubDevice(Uri url, string user)
    {
        _channel = GrpcChannel.ForAddress(
            url, new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler(), DisposeHttpClient = true });
        _call = new MessagingService.MessagingServiceClient(_channel).Sync(
            new Metadata { { "messaging-user", user }, { "messaging-device", "load" } });
    }

    public async Task OpenAsync(CancellationToken cancellationToken) => await ReadAsync(cancellationToken);

    public Task WriteAsync(Frame frame) => _call.RequestStream.WriteAsync(frame);

    /// <summary>Up to here it may be acknowledged: with others, unless nothing more is there to read.</summary>
    public void Acknowledge(int offset)
    {
        _acknowledgeable = offset;
        _unacknowledged++;
    }

    /// <summary>The next frame; the wait for it cannot be taken up again once it was cancelled.</summary>
    public async Task<Frame> ReadAsync(CancellationToken cancellationToken)
    {
        var next = _call.ResponseStream.MoveNext(cancellationToken);
        try
        {
            if (_unacknowledged > 0 && (_unacknowledged >= AcknowledgeEvery || !next.IsCompleted))
            {
                _unacknowledged = 0;
                await WriteAsync(new Frame
                {
                    Signal = new Signal
                    {
                        SignalOffset = _acknowledgeable, SignalAckState = new SignalAckState { Received = true },
                    },
                });
            }

            return await next
                ? _call.ResponseStream.Current
                : throw new ViolationException("the server ended the call");
        }
        catch (RpcException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    public void Dispose()
    {
        _call.Dispose();
        _channel.Dispose();
    }
}
