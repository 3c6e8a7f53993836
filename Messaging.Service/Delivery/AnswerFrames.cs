using System.Diagnostics;
using Messaging.Service.Ledger;
using Messaging.Service.Security;
using Messaging.V1;

namespace Messaging.Service.Delivery;

/// <summary>Makes the server's answers to what a device sent (protocol §4, §5): they have no <c>from</c>.</summary>
internal static class AnswerFrames
{
    private static readonly Refusal Busy = new(RefusalCode.Unavailable, "the store is busy; send it again after a while");
    private static readonly Refusal Fenced =
        new(RefusalCode.Aborted, "an earlier message of this conversation waits for its retry");
    private static readonly Refusal OverRate =
        new(RefusalCode.ResourceExhausted, "this device sends too fast; send it again after a while");
    private static readonly Refusal OverQuota =
        new(RefusalCode.ResourceExhausted, "too much waits for the recipient; send it again after a while");
    private static readonly Refusal NotPermitted = new(RefusalCode.PermissionDenied, "you may not write to this user");
    private static readonly Refusal Full = new(RefusalCode.OutOfRange, "the sequence or the conversation is full");
    private static readonly Refusal IdTaken = new(RefusalCode.AlreadyExists, "the id was used for another message");
    private static readonly Refusal NoMessage = new(RefusalCode.NotFound, "there is no such message of that sender");
    private static readonly Refusal PastEnd =
        new(RefusalCode.OutOfRange, "user_offset is past the conversation's head, or signal_offset past the queue's");
    private static readonly Refusal PastHead = new(RefusalCode.OutOfRange, "signal_offset is past the queue's head");

    /// <summary>The answer to a settled message; null where there is none.</summary>
    public static Frame? To(Taken.Send taken)
    {
        var sent = taken.Submission;
        return sent.Settlement switch
        {
            Settlement.Recorded or Settlement.Repeated => Answer(new Signal
            {
                Id = sent.Id,
                SignalOffset = sent.SignalOffset.Value,
                UserOffset = sent.UserOffset.Value,
                Timestamp = sent.RecordedAt,
                To = taken.To,
                SignalAckState = AckStates.Send,
                SignalOffsetState = true,
            }),
            Settlement.IdTaken => Refuse(sent.Id, IdTaken),
            Settlement.NotPermitted => Refuse(sent.Id, NotPermitted),
            Settlement.OutOfRange => Refuse(sent.Id, Full),
            Settlement.OverRate => Refuse(sent.Id, OverRate),
            Settlement.OverQuota => Refuse(sent.Id, OverQuota),
            Settlement.Fenced or Settlement.FenceFull => Refuse(sent.Id, Fenced),
            Settlement.Unavailable => Refuse(sent.Id, Busy),
            Settlement.Superseded => null,
            _ => throw new UnreachableException($"A message was settled as {sent.Settlement}"),
        };
    }

    /// <summary>The answer to a settled acknowledgement; null where there is none.</summary>
    public static Frame? To(Taken.Acknowledgement taken, SignalOffset cursor)
    {
        var (acknowledged, id) = (taken.Submission, taken.Id);
        switch (acknowledged.Settlement)
        {
            // Protocol §5: without an id, only a refusal is answered.
            case Settlement.Recorded when id.Length == 0:
            case Settlement.Superseded:
                return null;
            case Settlement.Recorded:
                return Acknowledged(id, acknowledged.Cursor, refusal: null, SignalKind.Response);
            case Settlement.OutOfRange:
                return Acknowledged(id, cursor, PastHead, SignalKind.Response);
            case Settlement.Unavailable:
                return Refuse(id, Busy);
            default:
                throw new UnreachableException($"An acknowledgement was settled as {acknowledged.Settlement}");
        }
    }

    /// <summary>The answer to a settled read; null where there is none.</summary>
    public static Frame? To(Taken.Read taken)
    {
        var read = taken.Submission;
        return read.Settlement switch
        {
            Settlement.Recorded => Answer(new Signal
            {
                Id = taken.Id,
                SignalOffset = read.SignalOffset.Value,
                UserOffset = read.Watermark.Value,
                To = taken.To,
                SignalAckState = AckStates.Read,
                SignalOffsetState = true,
            }),
            Settlement.NotFound => Refuse(taken.Id, NoMessage),
            Settlement.OutOfRange => Refuse(taken.Id, PastEnd),
            Settlement.Unavailable => Refuse(taken.Id, Busy),
            Settlement.Superseded => null,
            _ => throw new UnreachableException($"A read was settled as {read.Settlement}"),
        };
    }

    /// <summary>The answer to a settled report; null where there is none.</summary>
    public static Frame? To(Taken.Report taken)
    {
        var report = taken.Submission;
        return report.Settlement switch
        {
            Settlement.Recorded => Done(taken.Id),
            Settlement.NotFound => Refuse(taken.Id, NoMessage),
            Settlement.NotPermitted => Refuse(taken.Id, NotPermitted),
            Settlement.OutOfRange => Refuse(taken.Id, Full),
            Settlement.Unavailable => Refuse(taken.Id, Busy),
            Settlement.Superseded => null,
            _ => throw new UnreachableException($"A report was settled as {report.Settlement}"),
        };
    }

    /// <summary>The answer to a status, relayed or dropped (§7); null where there is none.</summary>
    public static Frame? To(Taken.Awareness taken) =>
        taken.Signal.Id.Length > 0 ? Done(taken.Signal.Id) : null;

    /// <summary>An acknowledgement refused for its offset is told where the cursor stands, as others are (§5).</summary>
    public static Frame RefuseNegative(string id, SignalOffset cursor, Refusal refusal) =>
        Acknowledged(id, cursor, refusal, SignalKind.Error);

    /// <summary>A re-read from behind the head (§5).</summary>
    public static Frame RefuseReread(string id) => Refuse(id, PastHead);

    /// <summary>Says no, with the kind of answer that the code goes with (§9); it carries no offset.</summary>
    public static Frame Refuse(string id, Refusal refusal) =>
        Answer(new Signal { Id = id, Error = refusal.ToString() }, KindOf(refusal.Code));

    private static Frame Done(string id) => Answer(new Signal { Id = id, SignalOffsetState = true });

    private static Frame Acknowledged(string id, SignalOffset cursor, Refusal? refusal, SignalKind kind)
    {
        var answer = new Signal
        {
            Id = id,
            SignalOffset = cursor.Value,
            SignalAckState = AckStates.Received,
            SignalOffsetState = refusal is null,
        };
        if (refusal is not null)
            answer.Error = refusal.ToString();
        return Answer(answer, kind);
    }

    private static Frame Answer(Signal signal, SignalKind kind = SignalKind.Response)
    {
        signal.Type = kind;
        signal.SignalType = SignalType.Sender;
        return new Frame { Signal = signal };
    }

    private static SignalKind KindOf(RefusalCode code) =>
        code is RefusalCode.Unavailable or RefusalCode.Aborted or RefusalCode.ResourceExhausted
            ? SignalKind.Response
            : SignalKind.Error;
}
