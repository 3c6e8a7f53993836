namespace Messaging.Client;

/// <summary>The server will never take what was marked as read (protocol §6, §9).</summary>
public sealed class ReadRefusedException : MessagingException
{
    internal ReadRefusedException(string code, string text) : base($"The read was refused: {code}: {text}")
    {
        Code = code;
        Text = text;
    }

    /// <summary>The code, such as <c>out_of_range</c>.</summary>
    public string Code { get; }

    /// <summary>The server's words.</summary>
    public string Text { get; }
}
