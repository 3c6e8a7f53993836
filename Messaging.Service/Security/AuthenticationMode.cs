namespace Messaging.Service.Security;

/// <summary>How the service tells who is calling.</summary>
public enum AuthenticationMode
{
    /// <summary>Not said: the service does not start.</summary>
    Unset,

    /// <summary>Headers are believed as they stand: on loopback and in the Development environment only.</summary>
    Development,
}
