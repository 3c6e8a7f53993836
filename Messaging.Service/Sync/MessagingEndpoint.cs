using System.Security.Cryptography;
using Grpc.Core;
using Messaging.Service.Security;
using Messaging.V1;

namespace Messaging.Service.Sync;

/// <summary>The doorway: settles whose stream it is (protocol §2) and gives it a session.</summary>
internal sealed class MessagingEndpoint(ICallerIdentity callers, SessionServices services, StreamDrain drain)
    : MessagingService.MessagingServiceBase
{
    private const int SessionIdBytes = 8;

    /// <inheritdoc/>
    public override async Task Sync(
        IAsyncStreamReader<Frame> requestStream, IServerStreamWriter<Frame> responseStream, ServerCallContext context)
    {
        var caller = callers.Require(context);
        drain.Watch(context.GetHttpContext().Response);
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SessionIdBytes));
        using var session = new DeviceSession(services, caller, CallOf(context), id);
        await session.RunAsync();
    }

    // Frames go past the framework's own reader and writer: it takes and gives them one at a time.
    private StreamCall CallOf(ServerCallContext context)
    {
        var http = context.GetHttpContext();
        return new StreamCall(
            new WireReader(http.Request.BodyReader, services.Streams.FrameBytes),
            new WireWriter(http.Response.BodyWriter),
            context);
    }
}
