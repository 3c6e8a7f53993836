namespace Messaging.Client;

/// <summary>
/// A message that the server will never take as it stands (protocol §4): it waits for the application to retry or
/// drop it, and holds up no other. Immutable: any thread may read it.
/// </summary>
public sealed record ParkedMessage
{
    /// <summary>The message as it was sent, with its id and timestamp.</summary>
    public required OutgoingMessage Message { get; init; }

    /// <summary>The code of the refusal, such as <c>permission_denied</c>.</summary>
    public required string Code { get; init; }

    /// <summary>The server's words.</summary>
    public required string Text { get; init; }
}
