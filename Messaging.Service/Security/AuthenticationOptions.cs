namespace Messaging.Service.Security;

/// <summary>Who may call (protocol §2), <c>Messaging:Authentication</c>.</summary>
public sealed record AuthenticationOptions
{
    /// <summary>No default: a service that believes everybody must not come about by leaving something out.</summary>
    public AuthenticationMode Mode { get; init; }
}
