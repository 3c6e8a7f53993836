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
        try
        {
            var headers = await call.ResponseHeadersAsync.WaitAsync(cancellationToken).ConfigureAwait(false);
            return StreamHeaders.Read(headers.GetValue);
        }
        catch (InvalidOperationException e)
        {
            throw Ended(e);
        }
    }

    public async ValueTask<Frame?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await call.ResponseStream.MoveNext(cancellationToken).ConfigureAwait(false)
                ? call.ResponseStream.Current
                : null;
        }
        catch (InvalidOperationException e)
        {
            throw Ended(e);
        }
    }

    public async ValueTask WriteAsync(Frame frame, bool more, CancellationToken cancellationToken)
    {
        call.RequestStream.WriteOptions = more ? Hold : Flush;
        try
        {
            await call.RequestStream.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidOperationException e)
        {
            throw Ended(e);
        }
    }

    public async Task CompleteAsync()
    {
        try
        {
            await call.RequestStream.CompleteAsync().ConfigureAwait(false);
        }
        catch (InvalidOperationException e)
        {
            throw Ended(e);
        }
    }

    public ValueTask DisposeAsync()
    {
        call.Dispose();
        channel.Dispose();
        activity?.Dispose();
        return ValueTask.CompletedTask;
    }

    // How this library says that the call has ended, ObjectDisposedException among them; a read learns why. Told apart
    // here, where the exception cannot be a bug of the client's own.
    private static IOException Ended(InvalidOperationException thrown) => new("The call has ended.", thrown);
}
