using Grpc.Core;

namespace Messaging.Service.Security;

/// <summary>With what a unary call ends that is refused for a reason which has a name (protocol §11).</summary>
internal static class CallRefusal
{
    private const string ReasonTrailer = "messaging-reason";

    /// <summary>The calling device has been removed from its account.</summary>
    public static RpcException RemovedDevice() =>
        Because("device_revoked", StatusCode.PermissionDenied, "this device has been removed from the account");

    /// <param name="reason">For the program at the other end, in the trailer <c>messaging-reason</c>.</param>
    /// <param name="code">What the call ends with.</param>
    /// <param name="text">For the person there.</param>
    public static RpcException Because(string reason, StatusCode code, string text) =>
        new(new Status(code, text), new Metadata { { ReasonTrailer, reason } });
}
