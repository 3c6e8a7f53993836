using Messaging.Service.Ledger;

namespace Messaging.Service.Security;

/// <summary>Who is calling, or why that cannot be told. Each kind is a nested record; there are no others.</summary>
public abstract record CallerVerdict
{
    private CallerVerdict()
    {
    }

    /// <summary>The stream belongs to this device.</summary>
    public sealed record Known(Party Device) : CallerVerdict;

    /// <summary>Nobody usable; the text says what is missing.</summary>
    public sealed record Unknown(string Text) : CallerVerdict;
}
