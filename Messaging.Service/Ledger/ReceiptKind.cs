namespace Messaging.Service.Ledger;

/// <summary>Which watermark of a member moved.</summary>
public enum ReceiptKind
{
    Received = 1,
    Read = 2,

    /// <summary>As read; the message named was also played, which only that signal says (protocol §6).</summary>
    Played = 3,
}
