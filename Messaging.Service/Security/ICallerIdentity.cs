using Grpc.Core;

namespace Messaging.Service.Security;

/// <summary>Tells from a call, of any kind, whose it is (protocol §2). Safe for concurrent use.</summary>
public interface ICallerIdentity
{
    /// <summary>Costs next to nothing; before anything else is done for the call.</summary>
    CallerVerdict Identify(ServerCallContext call);

    /// <summary>The caller; whoever cannot be told is turned away.</summary>
    /// <exception cref="RpcException">With the verdict's code, <c>UNAUTHENTICATED</c> as a rule, and its text.</exception>
    CallerVerdict.Known Require(ServerCallContext call) => Identify(call) switch
    {
        CallerVerdict.Known known => known,
        CallerVerdict.Unknown unknown => throw new RpcException(new Status(unknown.Code, unknown.Text)),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
