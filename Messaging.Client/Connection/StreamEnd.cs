using Grpc.Core;

namespace Messaging.Client.Connection;

/// <summary>What the end of a stream means (protocol §2, §9, §11).</summary>
internal static class StreamEnd
{
    private const string ReasonTrailer = "messaging-reason";

    /// <summary>
    /// A <see cref="MessagingException"/> ends the client; anything else that a broken duplex call throws
    /// (RpcException, IOException, HttpIOException, HttpProtocolException, a cancellation that is not ours) is a lost
    /// stream. Null where it is neither but a bug.
    /// </summary>
    /// <param name="thrown">What the call threw.</param>
    /// <param name="mayBeLetIn">
    /// Whether the next stream may be let in where this one was not: its identity was good once, or it brings another
    /// token.
    /// </param>
    public static Exception? Of(Exception thrown, bool mayBeLetIn) => thrown switch
    {
        MessagingException or StreamLostException => thrown,
        RpcException rpc => Of(rpc, mayBeLetIn),
        // HttpIOException and HttpProtocolException are IOExceptions.
        IOException or HttpRequestException or OperationCanceledException or TimeoutException =>
            new StreamLostException($"The stream broke: {thrown.GetType().Name}", thrown),
        _ => null,
    };

    private static Exception Of(RpcException thrown, bool mayBeLetIn) => thrown.StatusCode switch
    {
        StatusCode.Aborted when thrown.Trailers.GetValue(ReasonTrailer) == "replaced" =>
            new ClientReplacedException(thrown),
        StatusCode.Unauthenticated when !mayBeLetIn =>
            new ClientRefusedException("unauthenticated", thrown.Status.Detail, thrown),
        StatusCode.PermissionDenied when thrown.Trailers.GetValue(ReasonTrailer) == "device_revoked" =>
            new ClientRefusedException("device_revoked", thrown.Status.Detail, thrown),
        // The same frames would end every stream.
        StatusCode.InvalidArgument => new ClientRefusedException("invalid_argument", thrown.Status.Detail, thrown),
        // FAILED_PRECONDITION too: an operator puts the server right, and no app should have to be restarted then.
        _ => new StreamLostException($"The stream ended: {thrown.StatusCode}: {thrown.Status.Detail}", thrown),
    };
}
