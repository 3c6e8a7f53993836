using System.ComponentModel.DataAnnotations;

namespace Messaging.Service.Security;

/// <summary>Who may call (protocol §2), <c>Messaging:Authentication</c>.</summary>
public sealed record AuthenticationOptions
{
    /// <summary>No default: a service that believes everybody must not come about by leaving something out.</summary>
    public AuthenticationMode Mode { get; init; }

    /// <summary>
    /// Tokens: the <c>iss</c> that they must have. With an authority it may be left out: its own is taken.
    /// </summary>
    public string Issuer { get; init; } = "";

    /// <summary>Tokens: the <c>aud</c> that they must have. A wide one lets in tokens made for other services.</summary>
    public string Audience { get; init; } = "";

    /// <summary>Tokens: the OpenID Connect provider whose keys are fetched and followed; https, or on loopback.</summary>
    public string Authority { get; init; } = "";

    /// <summary>Tokens: the keys themselves, as PEM, JWK or JWK set, in place of an authority.</summary>
    public string Keys { get; init; } = "";

    /// <summary>Tokens: a file with the keys.</summary>
    public string KeyFile { get; init; } = "";

    /// <summary>Tokens: how far clocks may differ. Default 30 seconds. Long keeps tokens alive past their end.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Characters of a token. Default 8192; more costs work for whoever sends nonsense.</summary>
    [Range(256, 32 * 1024)]
    public int TokenCharacters { get; init; } = 8192;

    /// <summary>
    /// Certificates: a PEM file with the roots that clients' certificates must come from, and intermediates if any.
    /// </summary>
    public string ClientRoots { get; init; } = "";

    /// <summary>
    /// Serves without TLS where others on the network can read along and change what is said: only behind a proxy that
    /// ends TLS on the same machine or in the same private network.
    /// </summary>
    public bool AllowClearTextOffLoopback { get; init; }
}
