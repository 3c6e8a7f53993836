namespace Messaging.Service.Ledger;

/// <summary>
/// Work on the account of whoever calls, which comes without a stream (protocol §11). Settled as Revoked, with nothing
/// looked at, where the calling device has been removed from the account; as Unavailable where the store failed.
/// </summary>
/// <param name="caller">Whose account, and on which of its devices it was asked for; it need not be a known one.</param>
public abstract class AccountWork(Party caller) : Submission(stream: null)
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Party Caller { get; } = caller;

    /// <summary>
    /// Ends when it is settled, and what it changed can be seen. Never, where the ledger has failed: see
    /// <see cref="ILedger.Completion"/>.
    /// </summary>
    public Task Settled => _settled.Task;

    internal void HandBack() => _settled.SetResult();
}
