using Messaging.Service.Ledger;
using Messaging.V1;

namespace Messaging.Service.Delivery;

/// <summary>Makes the frame in which a status reaches the devices of another user (protocol §7).</summary>
internal static class AwarenessFrames
{
    /// <summary>
    /// <c>from</c> filled in, <c>id</c>, <c>status</c>, <c>timestamp</c>, <c>type</c> and <c>to</c> as they came.
    /// </summary>
    public static Frame For(Signal signal, Party from) => new()
    {
        Signal = new Signal
        {
            Id = signal.Id,
            Status = signal.Status,
            Timestamp = signal.Timestamp,
            From = new Identity { User = from.User, Device = from.Device },
            To = new Identity { User = signal.To.User, Device = signal.To.Device },
            Type = signal.Type,
            SignalType = SignalType.Receiver,
        },
    };
}
