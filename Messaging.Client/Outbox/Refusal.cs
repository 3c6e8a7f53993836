namespace Messaging.Client.Outbox;

/// <summary>The server's word on why not (protocol §9): <c>code: text</c>.</summary>
internal readonly record struct Refusal(string Code, string Text)
{
    public static Refusal Parse(string error)
    {
        var colon = error.IndexOf(':', StringComparison.Ordinal);
        return colon < 0
            ? new Refusal("unknown", error)
            : new Refusal(error[..colon].Trim(), error[(colon + 1)..].Trim());
    }

    public override string ToString() => $"{Code}: {Text}";
}
