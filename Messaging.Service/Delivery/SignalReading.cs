using Messaging.V1;

namespace Messaging.Service.Delivery;

/// <summary>Tells what a signal that goes up is.</summary>
internal static class SignalReading
{
    /// <summary>Protocol §8: the first row that fits; what else is set is ignored.</summary>
    public static SignalRow RowOf(Signal signal) => signal switch
    {
        { Type: SignalKind.Error } => SignalRow.ErrorReport,
        { Status: SignalStatus.Played } => SignalRow.Played,
        { SignalAckState: { Read: true, Received: true }, SignalOffset: not 0 } => SignalRow.ReadAndAcknowledge,
        { SignalAckState.Read: true } => SignalRow.Read,
        { Status: not SignalStatus.Unspecified } => SignalRow.Awareness,
        { SignalAckState.Received: true } => SignalRow.Acknowledge,
        { Type: SignalKind.Request } => SignalRow.Reread,
        _ => SignalRow.None,
    };
}
