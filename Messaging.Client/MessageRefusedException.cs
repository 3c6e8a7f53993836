namespace Messaging.Client;

/// <summary>
/// The server will never take the message as it stands (protocol §9). Those behind it are not held up.
/// </summary>
public sealed class MessageRefusedException : MessagingException
{
    internal MessageRefusedException(string messageId, string code, string text)
        : base($"The message was refused: {code}: {text}")
    {
        MessageId = messageId;
        Code = code;
        Text = text;
    }

    /// <summary>The message.</summary>
    public string MessageId { get; }

    /// <summary>The code, such as <c>permission_denied</c>.</summary>
    public string Code { get; }

    /// <summary>The server's words.</summary>
    public string Text { get; }
}
