using Grpc.Core;
using Grpc.Net.Client;
using Messaging.Tests.Support;
using Messaging.V1;

namespace Messaging.Tests.Protocol;

/// <summary>A stream whose client sends bytes, frames or not.</summary>
internal sealed class RawStream : IDisposable
{
    private static readonly Method<byte[], byte[]> Sync = new(
        MethodType.DuplexStreaming, "messaging.v1.MessagingService", "Sync", Bytes(), Bytes());

    private readonly GrpcChannel channel;
    private readonly AsyncDuplexStreamingCall<byte[], byte[]> call;

    public RawStream(string address, Metadata headers)
    {
        channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { MaxSendMessageSize = null });
        call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(Sync, null, new CallOptions(headers));
    }

    public Task SendAsync(byte[] bytes) => call.RequestStream.WriteAsync(bytes).InTime("the bytes are sent");

    /// <summary>Sends what the server may end the stream over before all of it has gone up.</summary>
    public async Task TrySendAsync(byte[] bytes)
    {
        try
        {
            await SendAsync(bytes);
        }
        catch (Exception exception) when (exception is RpcException or InvalidOperationException or OperationCanceledException)
        {
            // How it ended is in the status.
        }
    }

    public async Task<Frame> NextAsync()
    {
        if (!await call.ResponseStream.MoveNext(CancellationToken.None).InTime("the next frame"))
            throw new InvalidOperationException("The stream ended well.");
        return Frame.Parser.ParseFrom(call.ResponseStream.Current);
    }

    /// <summary>Reads on to the end.</summary>
    public async Task<Status> EndAsync()
    {
        try
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None).InTime("the end"))
            {
            }
        }
        catch (RpcException)
        {
            // The status says it.
        }

        return call.GetStatus();
    }

    public void Dispose()
    {
        call.Dispose();
        channel.Dispose();
    }

    private static Marshaller<byte[]> Bytes() => Marshallers.Create(static (byte[] bytes) => bytes, static bytes => bytes);
}
