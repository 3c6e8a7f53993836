using Grpc.Core;

namespace Messaging.Service.Security;

/// <summary>Tells from a call's metadata whose stream it is (protocol §2). Safe for concurrent use.</summary>
public interface ICallerIdentity
{
    /// <summary>Before the first frame; whoever cannot be told is turned away with <c>UNAUTHENTICATED</c>.</summary>
    CallerVerdict Identify(ServerCallContext call);
}
