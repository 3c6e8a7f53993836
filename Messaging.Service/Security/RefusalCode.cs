namespace Messaging.Service.Security;

/// <summary>The codes that a refusal can carry (protocol §9).</summary>
internal enum RefusalCode
{
    Unavailable,
    Aborted,
    ResourceExhausted,
    InvalidArgument,
    PermissionDenied,
    AlreadyExists,
    NotFound,
    OutOfRange,
}
