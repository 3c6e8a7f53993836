using Messaging.Client.Inbox;
using Messaging.Client.Outbox;
using Messaging.V1;
using Microsoft.Extensions.Logging;

namespace Messaging.Client.Connection;

/// <summary>Takes what comes down to the room it is for. Called by the one read loop; never waits.</summary>
internal sealed class FrameIntake(
    ReceiveQueue inbox, SendQueue outbox, ReceiptBook receipts, string self, ILogger logger)
{
    public AwarenessFeed Awareness { get; } = new();

    public Broadcast<Receipt> Receipts { get; } = new(capacity: 1024);

    /// <summary>A stream has opened: every room leaves the last one behind.</summary>
    public void NewStream(StreamHeaders headers)
    {
        if (inbox.NewStream(headers.Epoch, headers.Window))
        {
            ClientLog.OtherEpoch(logger, headers.Epoch);
            receipts.Forget();
        }
        // Protocol §2: under one epoch a queue does not get shorter. To go on would be to take new entries for known.
        if (headers.Head is { } head && head < inbox.Known.Value)
        {
            ClientLog.QueueWentBack(logger, head, inbox.Known.Value);
            throw new StreamLostException(
                $"The ledger went back in time: the queue ends at {head}, and this device has had {inbox.Known}.");
        }
        outbox.NewStream();
    }

    public void Take(Frame frame)
    {
        switch (FrameKinds.KindOf(frame))
        {
            case FrameKind.Message:
                Take(frame.Message);
                break;
            case FrameKind.Receipt:
                TakeReceipt(frame.Signal);
                break;
            case FrameKind.Position:
                inbox.AccountFor(new SignalOffset(frame.Signal.SignalOffset), frame.Signal.Id);
                break;
            case FrameKind.Answer:
                TakeAnswer(frame.Signal);
                break;
            case FrameKind.Awareness:
                Awareness.Publish(FromWire.Awareness(frame.Signal));
                break;
            case FrameKind.Unknown:
                break;
        }
    }

    private void Take(Message message)
    {
        // What this client holds a handle for is no news to the application, whichever way it learns of it.
        var isOwn = message.SignalType == SignalType.Sender && outbox.Holds(message.Id);
        Log(inbox.Take(FromWire.Message(message), isOwn), message.SignalOffset);
    }

    private void TakeReceipt(Signal signal)
    {
        var step = inbox.Take(new SignalOffset(signal.SignalOffset));
        Log(step, signal.SignalOffset);
        if (step != Step.New)
            return;
        if (FromWire.Receipt(signal, self) is not { } receipt)
            return;
        if (receipt.Kind is ReceiptKind.Received or ReceiptKind.Read or ReceiptKind.Played)
            receipts.Move(receipt.Peer, receipt.UserOffset, read: receipt.Kind != ReceiptKind.Received);
        Receipts.Publish(receipt);
    }

    private void TakeAnswer(Signal answer)
    {
        if (answer is { Id.Length: 0, SignalOffsetState: false, SignalAckState: { Received: true, Read: false } })
        {
            // Protocol §5: this epoch's ledger does not know what it once gave out. The next stream says where it is.
            ClientLog.LedgerWentBack(logger, answer.SignalOffset);
            throw new StreamLostException("The server refuses an acknowledgement.");
        }
        // It may be about a read, which has no id either: then one more acknowledgement goes up, and tells nothing new.
        if (answer is { Id.Length: 0, Type: SignalKind.Response, SignalOffsetState: false })
            inbox.RefuseAcknowledgement();
        if (inbox.IsReread(answer.Id))
            throw new StreamLostException($"Missing entries do not come again: {answer.Error}");
        var settled = outbox.Settle(answer);
        if (answer is { SignalOffsetState: true, SignalOffset: > 0 })
            inbox.Count(new SignalOffset(answer.SignalOffset), settled?.Answer ?? OwnAnswer.InDoubt);
        else if (!answer.SignalOffsetState)
            ClientLog.NotAdvanced(logger, answer.Id, Refusal.Parse(answer.Error).Code);
    }

    private void Log(Step step, int offset)
    {
        if (step == Step.Known)
            ClientLog.KnownEntry(logger, offset);
        else if (step == Step.Gap)
            ClientLog.EntriesMissing(logger, offset);
    }
}
