namespace Messaging.Service.Ledger;

/// <summary>
/// Says that a message has been refused for good before it came to the ledger, so that those which wait for it behind
/// the fence of its conversation (protocol §4) wait no longer. Always Recorded, and needs no answer.
/// </summary>
/// <param name="stream">The stream on which it came.</param>
/// <param name="id">The client's id for it.</param>
public sealed class Withdraw(ILedgerStream stream, string id) : Submission(stream)
{
    public string Id { get; } = id;

    /// <summary>Whether such a message waited.</summary>
    public bool HasWaited { get; internal set; }
}
