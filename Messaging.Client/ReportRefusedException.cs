namespace Messaging.Client;

/// <summary>The server will never take the report of an unusable message (protocol §6, §9).</summary>
public sealed class ReportRefusedException : MessagingException
{
    internal ReportRefusedException(string code, string text) : base($"The report was refused: {code}: {text}")
    {
        Code = code;
        Text = text;
    }

    /// <summary>The code, such as <c>not_found</c>.</summary>
    public string Code { get; }

    /// <summary>The server's words.</summary>
    public string Text { get; }
}
