using System.Diagnostics;
using Messaging.Service.Ledger;
using Messaging.V1;

namespace Messaging.Service.Delivery;

/// <summary>
/// What becomes of a frame that was taken once it is settled: the answer, and what the walk learns of it. Owned by the
/// stream's write loop.
/// </summary>
internal sealed class Answers(ILedgerStream stream, QueueWalk walk, ILogger logger)
{
    private bool _hasAlarmed;

    /// <summary>The answer; null where there is none (protocol §5).</summary>
    public Frame? To(Taken taken)
    {
        switch (taken)
        {
            case Taken.Send send:
                if (send.Submission.Settlement == Settlement.Recorded)
                    walk.Answered(send.Submission.SignalOffset);
                return AnswerFrames.To(send);

            case Taken.Acknowledgement acknowledgement:
                Learn(acknowledgement);
                return AnswerFrames.To(acknowledgement, stream.Cursor);

            case Taken.Read read:
                if (read.Submission.Settlement == Settlement.Recorded)
                    walk.Answered(read.Submission.SignalOffset);
                return AnswerFrames.To(read);

            case Taken.Reread reread:
                walk.GoBack(reread.After);
                return PositionFrames.At(reread.After, reread.Id);

            case Taken.Refused refused:
                return refused.Answer;

            default:
                throw new UnreachableException();
        }
    }

    private void Learn(Taken.Acknowledgement taken)
    {
        if (taken.Submission.Settlement == Settlement.Recorded)
            walk.Acknowledged(taken.Submission.UpTo, taken.IsPastCursor);
        else if (taken.Submission.Settlement == Settlement.OutOfRange && !_hasAlarmed)
        {
            // Protocol §5: nobody acknowledges what never was. Once a stream, lest a broken client fill the log.
            _hasAlarmed = true;
            DeliveryLog.AcknowledgedPastHead(
                logger, taken.Submission.UpTo, stream.Head, stream.Device.User, stream.Device.Device);
        }
    }
}
