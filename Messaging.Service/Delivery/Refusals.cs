using Messaging.Service.Ledger;
using Messaging.Service.Security;

namespace Messaging.Service.Delivery;

/// <summary>With which code a frame was refused (protocol §9), told by what became of it.</summary>
internal static class Refusals
{
    /// <summary>Null where it was not refused, or where nobody is answered.</summary>
    public static RefusalCode? CodeOf(Taken taken) => taken switch
    {
        Taken.Refused refused => refused.Code,
        Taken.NegativeAcknowledgement negative => negative.Refusal.Code,
        _ => taken.Work?.Settlement switch
        {
            Settlement.IdTaken => RefusalCode.AlreadyExists,
            Settlement.NotFound => RefusalCode.NotFound,
            Settlement.OutOfRange => RefusalCode.OutOfRange,
            Settlement.OverRate or Settlement.OverQuota => RefusalCode.ResourceExhausted,
            Settlement.Fenced or Settlement.FenceFull => RefusalCode.Aborted,
            Settlement.Unavailable => RefusalCode.Unavailable,
            _ => null,
        },
    };
}
