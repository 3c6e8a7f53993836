namespace Messaging.Service.Security;

/// <summary>By what a caller was told, for the audit log.</summary>
public enum CallerProof
{
    /// <summary>The development mode's headers: by nothing.</summary>
    Headers,

    /// <summary>An access token.</summary>
    Token,

    /// <summary>A client certificate.</summary>
    Certificate,
}
