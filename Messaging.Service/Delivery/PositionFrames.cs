using Messaging.Service.Ledger;
using Messaging.V1;

namespace Messaging.Service.Delivery;

/// <summary>Makes position signals: "everything up to here is accounted for" (protocol §2).</summary>
internal static class PositionFrames
{
    public static Frame At(SignalOffset offset, string id = "") => new()
    {
        Signal = new Signal
        {
            Id = id,
            Type = SignalKind.Response,
            SignalType = SignalType.Device,
            SignalOffset = offset.Value,
            SignalOffsetState = true,
        },
    };
}
