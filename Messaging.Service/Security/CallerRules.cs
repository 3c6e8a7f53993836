using Messaging.Service.Ledger;
using Messaging.V1;

namespace Messaging.Service.Security;

/// <summary>Whether a frame comes from whom it says (protocol §4).</summary>
internal static class CallerRules
{
    private static readonly Refusal NotTheCaller = new(RefusalCode.PermissionDenied, "from is not the caller");

    /// <summary>
    /// <c>from</c> may be left out (an empty one is as if); else it is the caller's user, alone or with the device. A
    /// caller who may send as others may name any user, but never another's device: which device writes is not theirs to
    /// say.
    /// </summary>
    public static Refusal? Check(Identity? from, Party caller, bool maySendAs = false) =>
        from is null || (from.User.Length == 0 && from.Device.Length == 0)
        || ((from.User == caller.User || (maySendAs && from.User.Length > 0))
            && (from.Device.Length == 0 || from.Device == caller.Device))
            ? null
            : NotTheCaller;
}
