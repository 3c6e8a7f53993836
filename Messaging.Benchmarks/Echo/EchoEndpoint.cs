using Grpc.Core;
using Messaging.V1;

namespace Messaging.Benchmarks.Echo;

/// <summary>Sends each frame back, decoded and encoded: the least that a typed duplex call can do.</summary>
internal sealed class EchoEndpoint : EchoService.EchoServiceBase
{
    public override async Task Echo(
        IAsyncStreamReader<Frame> requestStream, IServerStreamWriter<Frame> responseStream, ServerCallContext context)
    {
        while (await requestStream.MoveNext(context.CancellationToken))
            await responseStream.WriteAsync(requestStream.Current);
    }
}
