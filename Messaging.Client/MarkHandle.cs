namespace Messaging.Client;

/// <summary>
/// A read, a "played" or a report on its way. The client sends it until the server has answered, across reconnects
/// and, with a store in a file, restarts. Any thread may use it, and nothing has to be awaited.
/// </summary>
public sealed class MarkHandle
{
    internal MarkHandle(Task accepted) => Accepted = accepted;

    /// <summary>
    /// Completes when the server has answered (protocol §5). Faults with <see cref="ReadRefusedException"/> or
    /// <see cref="ReportRefusedException"/> where the server will never take it, and with the client's own end, after
    /// which it is not known.
    /// </summary>
    public Task Accepted { get; }
}
