namespace Messaging.Service.Security;

/// <summary>How the service tells who is calling; tokens and certificates may go together.</summary>
[Flags]
public enum AuthenticationMode
{
    /// <summary>Not said: the service does not start.</summary>
    Unset = 0,

    /// <summary>Headers are believed as they stand: on loopback and in the Development environment only.</summary>
    Development = 1,

    /// <summary>A signed access token (JWT) in <c>authorization</c>.</summary>
    Token = 2,

    /// <summary>A client certificate of the TLS connection.</summary>
    Certificate = 4,
}
