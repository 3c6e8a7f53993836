using Messaging.Service.Ledger;
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
        { SignalAckState.Read: true } => SignalRow.Read,
        { Status: not SignalStatus.Unspecified } => SignalRow.Awareness,
        { SignalAckState.Received: true } => SignalRow.Acknowledge,
        { Type: SignalKind.Request } => SignalRow.Reread,
        _ => SignalRow.None,
    };

    /// <summary>
    /// The acknowledgement in the same frame as a read, which does both or neither (protocol §8);
    /// <see cref="SignalOffset.None"/> where there is none.
    /// </summary>
    public static SignalOffset AcknowledgedBy(Signal read) =>
        read.SignalAckState is { Received: true } ? new SignalOffset(read.SignalOffset) : SignalOffset.None;
}
