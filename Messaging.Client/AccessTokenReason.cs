namespace Messaging.Client;

/// <summary>Why the client asks for an access token.</summary>
public enum AccessTokenReason
{
    /// <summary>It has none yet.</summary>
    First,

    /// <summary>The one it has ends soon, or has ended.</summary>
    Renewal,

    /// <summary>The server has refused the one it has: the same one again would be refused again.</summary>
    Refused,
}
