using System.ComponentModel.DataAnnotations;

namespace Messaging.Service.Operations;

/// <summary>What operators can see, <c>Messaging:Telemetry</c>.</summary>
public sealed record TelemetryOptions
{
    public const string DefaultListen = "127.0.0.1:5081";

    /// <summary>
    /// The address and port of <c>/metrics</c>, <c>/livez</c> and <c>/readyz</c>, over HTTP/1.1; empty for none. Default
    /// <c>127.0.0.1:5081</c>. Whoever reaches it can read them: they say how much is going on, and not whose it is.
    /// </summary>
    public string Listen { get; init; } = DefaultListen;

    /// <summary>
    /// Lines of one kind in the log in a second; how many more there were is said by the next. Default 100. Small hides who
    /// came and went, large lets peers that reconnect in a loop fill the disk.
    /// </summary>
    [Range(1, 1_000_000)]
    public int LinesPerSecond { get; init; } = 100;
}
