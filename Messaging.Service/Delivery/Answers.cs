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
                var moved = acknowledgement.Submission;
                Learn(moved.Settlement, moved.UpTo, acknowledgement.IsPastCursor);
                return AnswerFrames.To(acknowledgement, stream.Cursor);

            case Taken.Read read:
                if (read.Submission.Settlement == Settlement.Recorded)
                    walk.Answered(read.Submission.SignalOffset);
                if (read.Submission.Acknowledge > SignalOffset.None)
                    Learn(read.Submission.Settlement, read.Submission.Acknowledge, read.IsPastCursor);
                return AnswerFrames.To(read);

            case Taken.Report report:
                return AnswerFrames.To(report);

            case Taken.Awareness awareness:
                return AnswerFrames.To(awareness);

            case Taken.Reread reread:
                walk.GoBack(reread.After);
                return PositionFrames.At(reread.After, reread.Id);

            case Taken.Refused refused:
                return refused.Answer;

            default:
                throw new UnreachableException();
        }
    }

    private void Learn(Settlement settlement, SignalOffset upTo, bool isPastCursor)
    {
        switch (settlement)
        {
            case Settlement.Recorded:
                walk.Acknowledged(upTo, isPastCursor);
                break;
            case Settlement.OutOfRange when upTo > stream.Head && !_hasAlarmed:
                // Protocol §5: nobody acknowledges what never was. Once a stream, lest a broken client fill the log.
                _hasAlarmed = true;
                DeliveryLog.AcknowledgedPastHead(
                    logger, upTo, stream.Head, stream.Device.User, stream.Device.Device);
                break;
        }
    }
}
