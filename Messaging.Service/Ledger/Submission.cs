namespace Messaging.Service.Ledger;

/// <summary>
/// A piece of work for the ledger's writer, which fills in what it assigned and then, when all of it is on disk,
/// hands it back to the stream's listener. Used once.
/// </summary>
public abstract class Submission
{
    /// <summary>What became of it; <see cref="Settlement.Pending"/> until it is handed back.</summary>
    public Settlement Settlement { get; internal set; }
}
