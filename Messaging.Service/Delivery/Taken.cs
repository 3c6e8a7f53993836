using Messaging.Service.Ledger;
using Messaging.Service.Security;
using Messaging.V1;

namespace Messaging.Service.Delivery;

/// <summary>
/// A frame that was taken and is not settled yet, with what its answer needs. Each kind is a nested record; there are
/// no others.
/// </summary>
internal abstract record Taken
{
    private Taken()
    {
    }

    /// <summary>What it asks of the ledger; null where nothing, and the answer is due at once.</summary>
    public virtual Submission? Work => null;

    /// <summary>A message (protocol §4).</summary>
    public sealed record Send(SendMessage Submission, Identity To) : Taken
    {
        public override Submission Work => Submission;
    }

    /// <summary>An acknowledgement (protocol §5).</summary>
    /// <param name="Submission">The work.</param>
    /// <param name="Id">To be echoed; empty where only a refusal is answered.</param>
    public sealed record Acknowledgement(Acknowledge Submission, string Id) : Taken
    {
        public override Submission Work => Submission;
    }

    /// <summary>A read, played or not, and perhaps an acknowledgement in the same frame (protocol §6, §8).</summary>
    /// <param name="Submission">The work.</param>
    /// <param name="Id">To be echoed.</param>
    /// <param name="To">To be echoed.</param>
    public sealed record Read(MarkRead Submission, string Id, Identity To) : Taken
    {
        public override Submission Work => Submission;
    }

    /// <summary>An error about a message, for its sender (protocol §6).</summary>
    public sealed record Report(ReportError Submission, string Id) : Taken
    {
        public override Submission Work => Submission;
    }

    /// <summary>A status for others (protocol §7), relayed or dropped by now.</summary>
    public sealed record Awareness(Signal Signal) : Taken;

    /// <summary>A re-read (protocol §5): deliver again from behind this offset.</summary>
    public sealed record Reread(SignalOffset After, string Id) : Taken;

    /// <summary>An acknowledgement of a negative offset: its refusal says where the cursor stands (protocol §5).</summary>
    public sealed record NegativeAcknowledgement(string Id, Refusal Refusal) : Taken;

    /// <summary>A refusal, which ends the matter.</summary>
    /// <param name="Code">Why.</param>
    /// <param name="Answer">The answer in full.</param>
    /// <param name="Withdrawal">Where a message is refused for which others may wait: that they need not (§4).</param>
    public sealed record Refused(RefusalCode Code, Frame Answer, Withdraw? Withdrawal = null) : Taken
    {
        public override Submission? Work => Withdrawal;
    }
}
