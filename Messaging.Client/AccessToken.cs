namespace Messaging.Client;

/// <summary>What proves to the server who this is: sent as <c>authorization: Bearer …</c> with each stream.</summary>
public sealed class AccessToken
{
    /// <param name="value">The token: printable ASCII without spaces.</param>
    /// <param name="expiresAt">When it ends. Default: null, not known: the server says so.</param>
    /// <exception cref="ArgumentException">The value cannot be sent.</exception>
    public AccessToken(string value, DateTimeOffset? expiresAt = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        if (value.AsSpan().ContainsAnyExceptInRange('\x21', '\x7E'))
            throw new ArgumentException("A token is printable ASCII without spaces.", nameof(value));
        Value = value;
        ExpiresAt = expiresAt;
    }

    /// <summary>The token itself.</summary>
    public string Value { get; }

    /// <summary>When it ends; null where that is not known.</summary>
    public DateTimeOffset? ExpiresAt { get; }

    /// <summary>Never shows the token.</summary>
    public override string ToString() => $"access token, ends {(ExpiresAt is { } end ? $"{end:u}" : "unknown")}";
}
