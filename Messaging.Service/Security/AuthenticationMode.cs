namespace Messaging.Service.Security;

/// <summary>How the service tells who is calling.</summary>
public enum AuthenticationMode
{
    /// <summary>Not said: the service does not start.</summary>
    Unset,

    /// <summary>Headers are believed as they stand: on loopback, in the Development environment, nowhere else.</summary>
    Development,
}
