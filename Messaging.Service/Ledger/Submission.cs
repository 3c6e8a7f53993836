namespace Messaging.Service.Ledger;

/// <summary>
/// A piece of work for the ledger's writer, which fills in what it assigned and then, when all of it is on disk,
/// hands it back to the stream's listener, or, where it comes without a stream, to who submitted it. Used once.
/// </summary>
public abstract class Submission(ILedgerStream? stream)
{
    /// <summary>The stream on which it came; for one that opens a stream, that stream, once it is recorded.</summary>
    public ILedgerStream? Stream { get; internal set; } = stream;

    /// <summary>What became of it; <see cref="Settlement.Pending"/> until it is handed back.</summary>
    public Settlement Settlement { get; internal set; }
}
