using Grpc.Core;
using Grpc.Net.Client;
using Messaging.V1;

namespace Messaging.Client.Connection;

/// <summary>
/// Streams over gRPC, each on a connection of its own: where a path died without a word (a NAT, a radio), the next
/// stream on it would be silent too, for as long as the connection is believed in.
/// </summary>
internal sealed class GrpcTransport(MessagingClientOptions options) : ISyncTransport
{
    public ISyncStream Open(StreamRequest request)
    {
        var metadata = new Metadata();
        foreach (var (name, value) in request.Headers())
            metadata.Add(name, value);
        var channel = GrpcChannel.ForAddress(options.Address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                ConnectTimeout = options.OpenTimeout,
                // For a server that promises no heartbeat: a dead path shows in half a minute.
                KeepAlivePingDelay = TimeSpan.FromSeconds(20),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
                PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            },
            DisposeHttpClient = true,
            LoggerFactory = options.LoggerFactory,
        });
        var (call, activity) = ClientTelemetry.StartStream(
            options.Address, () => new MessagingService.MessagingServiceClient(channel).Sync(metadata));
        return new GrpcStream(channel, call, activity);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
