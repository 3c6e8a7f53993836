using Grpc.Core;
using Grpc.Net.Client;
using Messaging.V1;

namespace Messaging.Client.Connection;

/// <summary>Streams over one gRPC channel.</summary>
internal sealed class GrpcTransport : ISyncTransport
{
    private readonly GrpcChannel _channel;
    private readonly MessagingService.MessagingServiceClient _service;

    public GrpcTransport(MessagingClientOptions options)
    {
        _channel = GrpcChannel.ForAddress(options.Address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                ConnectTimeout = options.OpenTimeout,
                // A path that died without a word (a NAT, a radio) shows in half a minute, whatever the heartbeat.
                KeepAlivePingDelay = TimeSpan.FromSeconds(20),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
                PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            },
            DisposeHttpClient = true,
            LoggerFactory = options.LoggerFactory,
        });
        _service = new MessagingService.MessagingServiceClient(_channel);
    }

    public ISyncStream Open(StreamRequest request)
    {
        var metadata = new Metadata();
        foreach (var (name, value) in request.Headers())
            metadata.Add(name, value);
        return new GrpcStream(_service.Sync(metadata));
    }

    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        return ValueTask.CompletedTask;
    }
}
