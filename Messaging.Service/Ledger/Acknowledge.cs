namespace Messaging.Service.Ledger;

/// <summary>
/// Moves the device's cursor (protocol §5) and the watermarks of <c>received</c> that follow from it (§6): Recorded,
/// OutOfRange (past the head; nothing changed), Superseded or Unavailable.
/// </summary>
/// <param name="stream">The stream on which it came.</param>
/// <param name="upTo">The device has everything up to here.</param>
public sealed class Acknowledge(ILedgerStream stream, SignalOffset upTo) : Submission(stream)
{
    public SignalOffset UpTo { get; } = upTo;

    /// <summary>Where the cursor now stands.</summary>
    public SignalOffset Cursor { get; internal set; }
}
