namespace Messaging.Service.Ledger;

/// <summary>
/// A position signal has told the device that offsets hold nothing for it (protocol §2): its cursor moves over them as
/// soon as they are next in line. No receipt follows. Recorded, Superseded or Unavailable; needs no answer.
/// </summary>
/// <param name="stream">The stream on which it was told.</param>
/// <param name="first">The first of them.</param>
/// <param name="last">The last of them.</param>
public sealed class PassOver(ILedgerStream stream, SignalOffset first, SignalOffset last) : Submission(stream)
{
    public SignalOffset First { get; } = first;
    public SignalOffset Last { get; } = last;
}
