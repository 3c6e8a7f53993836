namespace Messaging.Client;

/// <summary>What another user is doing: a hint, which may have been dropped, and is stored nowhere.</summary>
public sealed record Awareness
{
    /// <summary>Who, on which device.</summary>
    public required Identity From { get; init; }

    /// <summary>Whom it was sent to; the device is empty unless one was meant.</summary>
    public required Identity To { get; init; }

    /// <summary>What the user is doing.</summary>
    public required AwarenessStatus Status { get; init; }

    /// <summary>The message it is about; null where it is about none.</summary>
    public string? AboutId { get; init; }

    /// <summary>When its sender says it was so.</summary>
    public required DateTimeOffset Timestamp { get; init; }
}
