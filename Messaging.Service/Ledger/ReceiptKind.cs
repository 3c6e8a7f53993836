namespace Messaging.Service.Ledger;

/// <summary>Which watermark of a member moved.</summary>
public enum ReceiptKind
{
    Received = 1,
    Read = 2,
}
