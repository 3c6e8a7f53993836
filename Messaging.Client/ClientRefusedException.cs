namespace Messaging.Client;

/// <summary>
/// The server does not let this client in, and trying again would not help: the user or device is not usable
/// (<c>UNAUTHENTICATED</c> to the opening of a stream), the device has been removed from its account
/// (<c>device_revoked</c>: to come back it takes another name), or the server cannot read what the client sends
/// (<c>INVALID_ARGUMENT</c>). The client has ended.
/// </summary>
public sealed class ClientRefusedException : MessagingException
{
    internal ClientRefusedException(string code, string text, Exception? inner = null)
        : base($"The server refuses this client: {code}: {text}", inner)
    {
        Code = code;
        Text = text;
    }

    /// <summary>The reason: <c>unauthenticated</c>, <c>device_revoked</c> or <c>invalid_argument</c>.</summary>
    public string Code { get; }

    /// <summary>The server's words.</summary>
    public string Text { get; }
}
