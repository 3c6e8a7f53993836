using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using Messaging.V1;

namespace Messaging.Client.Connection;

/// <summary>One gRPC call, the channel that is its own, and the activity that ends with it, where somebody listens.</summary>
internal sealed class GrpcStream(
    GrpcChannel channel, AsyncDuplexStreamingCall<Frame, Frame> call, Activity? activity = null) : ISyncStream
{
    private static readonly WriteOptions Flush = new();
    private static readonly WriteOptions Hold = new(WriteFlags.BufferHint);

    public async Task<StreamHeaders> HeadersAsync(CancellationToken cancellationToken)
    {
        var headers = await call.ResponseHeadersAsync.WaitAsync(cancellationToken).ConfigureAwait(false);
        return StreamHeaders.Read(headers.GetValue);
    }

    public async ValueTask<Frame?> ReadAsync(CancellationToken cancellationToken) =>
        await call.ResponseStream.MoveNext(cancellationToken).ConfigureAwait(false)
            ? call.ResponseStream.Current
            : null;

    public async ValueTask WriteAsync(Frame frame, bool more, CancellationToken cancellationToken)
    {
        call.RequestStream.WriteOptions = more ? Hold : Flush;
        try
        {
            await call.RequestStream.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidOperationException e)
        {
            // How this library says that the server has ended the call; the read beside it learns why.
            throw new IOException("The call has ended.", e);
        }
    }

    public Task CompleteAsync() => call.RequestStream.CompleteAsync();

    public ValueTask DisposeAsync()
    {
        call.Dispose();
        channel.Dispose();
        activity?.Dispose();
        return ValueTask.CompletedTask;
    }
}
