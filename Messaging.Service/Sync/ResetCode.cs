namespace Messaging.Service.Sync;

/// <summary>HTTP/2 error codes that gRPC clients turn into a status.</summary>
internal enum ResetCode
{
    /// <summary>REFUSED_STREAM: <c>UNAVAILABLE</c>.</summary>
    Unavailable = 0x7,

    /// <summary>ENHANCE_YOUR_CALM: <c>RESOURCE_EXHAUSTED</c>.</summary>
    ResourceExhausted = 0xB,

    /// <summary>INADEQUATE_SECURITY: <c>PERMISSION_DENIED</c>.</summary>
    PermissionDenied = 0xC,
}
