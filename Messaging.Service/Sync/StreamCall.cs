using Grpc.Core;
using Messaging.V1;

namespace Messaging.Service.Sync;

/// <summary>The call that a session serves.</summary>
/// <param name="Frames">What comes up.</param>
/// <param name="Answers">What goes down.</param>
/// <param name="Context">Its metadata, its cancellation, its status.</param>
internal sealed record StreamCall(
    IAsyncStreamReader<Frame> Frames, IServerStreamWriter<Frame> Answers, ServerCallContext Context)
{
    /// <summary>Cuts the call off without waiting for the peer to take what is under way.</summary>
    public void Reset(ResetCode code) =>
        Context.GetHttpContext().Features.Get<Microsoft.AspNetCore.Http.Features.IHttpResetFeature>()?.Reset((int)code);
}
