using System.Diagnostics.Metrics;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Authorization;

namespace Messaging.Service.Security;

/// <summary>
/// Turns callers away that cannot be told, before any service sees the call: every method is shut unless its endpoint
/// says that anybody may call it. While a call lasts that is let in, its connection is that of someone known. Safe for
/// concurrent use.
/// </summary>
internal sealed class CallerGate(ICallerIdentity callers, AuditLog audit, Meter meter) : Interceptor
{
    private readonly Counter<long> _refused = meter.CreateCounter<long>(
        "messaging.server.refused.streams", "{stream}", "Calls that never became a stream, and why.");

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        using var stay = Admit(context);
        return await continuation(request, context);
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var stay = Admit(context);
        return await continuation(requestStream, context);
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var stay = Admit(context);
        await continuation(request, responseStream, context);
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var stay = Admit(context);
        await continuation(requestStream, responseStream, context);
    }

    private IDisposable? Admit(ServerCallContext call)
    {
        var http = call.GetHttpContext();
        if (http.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            return null;
        try
        {
            callers.Require(call);
        }
        catch (RpcException refused)
        {
            _refused.Add(1, new KeyValuePair<string, object?>("error.type", NameOf(refused.StatusCode)));
            audit.Refused(call.Method, call.Peer, refused.StatusCode, refused.Status.Detail);
            throw;
        }

        return ConnectionWatch.Enter(http);
    }

    private static string NameOf(StatusCode code) => code switch
    {
        StatusCode.Unauthenticated => "unauthenticated",
        StatusCode.PermissionDenied => "permission_denied",
        StatusCode.InvalidArgument => "invalid_argument",
        _ => "_OTHER",
    };
}
