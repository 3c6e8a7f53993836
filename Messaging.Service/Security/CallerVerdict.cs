using Grpc.Core;
using Messaging.Service.Ledger;

namespace Messaging.Service.Security;

/// <summary>Who is calling, or why that cannot be told. Each kind is a nested record; there are no others.</summary>
public abstract record CallerVerdict
{
    private CallerVerdict()
    {
    }

    /// <summary>The call is this device's.</summary>
    public sealed record Known(Party Device) : CallerVerdict
    {
        public CallerProof Proof { get; init; }

        /// <summary>From then on the proof counts for nothing, and a stream on it ends; null where it never does.</summary>
        public DateTimeOffset? Expires { get; init; }

        /// <summary>Whether it may send messages in the name of others (protocol §4).</summary>
        public bool MaySendAs { get; init; }
    }

    /// <summary>Nobody usable; the text says why, to the caller too: nothing of a token, a key or another user.</summary>
    public sealed record Unknown(string Text) : CallerVerdict
    {
        /// <summary>What the call ends with; other than by default where it is not the caller's fault.</summary>
        public StatusCode Code { get; init; } = StatusCode.Unauthenticated;
    }
}
