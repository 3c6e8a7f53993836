using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Authorization;

namespace Messaging.Service.Security;

/// <summary>
/// Turns callers away that cannot be told, before any service sees the call: every method is shut unless its endpoint
/// says that anybody may call it. Safe for concurrent use.
/// </summary>
internal sealed class CallerGate(ICallerIdentity callers, AuditLog audit) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        Admit(context);
        return continuation(request, context);
    }

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Admit(context);
        return continuation(requestStream, context);
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Admit(context);
        return continuation(request, responseStream, context);
    }

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Admit(context);
        return continuation(requestStream, responseStream, context);
    }

    private void Admit(ServerCallContext call)
    {
        if (call.GetHttpContext().GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            return;
        try
        {
            callers.Require(call);
        }
        catch (RpcException refused)
        {
            audit.Refused(call.Method, call.Peer, refused.StatusCode, refused.Status.Detail);
            throw;
        }
    }
}
