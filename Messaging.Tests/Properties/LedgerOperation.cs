namespace Messaging.Tests.Properties;

/// <summary>
/// One step of a random run. The picks are resolved against where the run stands when the step is taken, so that
/// whatever steps are left out of a run, the rest still means something.
/// </summary>
/// <param name="Kind">What is done.</param>
/// <param name="Device">By which of the devices.</param>
/// <param name="One">A pick.</param>
/// <param name="Two">A pick.</param>
/// <param name="Three">A pick.</param>
internal sealed record LedgerOperation(OperationKind Kind, int Device, int One, int Two, int Three);

internal enum OperationKind
{
    Send,
    SendAs,
    Burst,
    Repeat,
    Conflict,
    Late,
    Open,
    Acknowledge,
    Read,
    Play,
    Report,
    Block,
    Unblock,
    Label,
    Revoke,
    Reopen,
}
