using Messaging.Client.Inbox;
using Messaging.Client.Outbox;
using Messaging.Client.Protection;
using Messaging.Client.Storage;
using Messaging.V1;
using Microsoft.Extensions.Logging;

namespace Messaging.Client.Connection;

/// <summary>Takes what comes down to the room it is for. Called by the one read loop; never waits.</summary>
internal sealed class FrameIntake(ClientRooms rooms, Opening opening, string self, ILogger logger)
{
    public AwarenessFeed Awareness { get; } = new();

    public Broadcast<Receipt> Receipts { get; } = new(capacity: 1024);

    /// <summary>A stream has opened: every room leaves the last one behind.</summary>
    public void NewStream(StreamHeaders headers)
    {
        var step = rooms.Inbox.NewStream(headers.Epoch, rooms.WindowOf(headers));
        if (step != EpochStep.Same)
            Write(new BeginEpoch(headers.Epoch));
        if (step == EpochStep.Other)
        {
            ClientLog.OtherEpoch(logger, headers.Epoch);
            rooms.Receipts.Forget();
            rooms.Outbox.NewEpoch(rooms.Inbox.Era);
        }
        // Protocol §2: under one epoch a queue does not get shorter. To go on would be to take new entries for known.
        if (headers.Head is { } head && head < rooms.Inbox.Known.Value)
        {
            ClientLog.QueueWentBack(logger, head, rooms.Inbox.Known.Value);
            throw new StreamLostException(
                $"The ledger went back in time: the queue ends at {head}, and this device has had {rooms.Inbox.Known}.");
        }
        rooms.Outbox.NewStream();
    }

    public void Take(Frame frame)
    {
        switch (FrameKinds.KindOf(frame))
        {
            case FrameKind.Message:
                Take(frame.Message);
                break;
            case FrameKind.Receipt:
                Take(new SignalOffset(frame.Signal.SignalOffset), FromWire.Receipt(frame.Signal, self));
                break;
            case FrameKind.Position:
                rooms.Inbox.AccountFor(new SignalOffset(frame.Signal.SignalOffset), frame.Signal.Id);
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

    private void Take(Message frame)
    {
        var era = rooms.Inbox.Era;
        var message = FromWire.Message(frame) with { Era = era };
        Step step;
        if (rooms.Feed is { } feed)
        {
            step = rooms.Inbox.Take(new SignalOffset(message.SignalOffset));
            if (step == Step.New)
            {
                message = opening.Open(message);
                Write(new TakeMessage(frame, message, IsHandedOut: true), () =>
                {
                    rooms.Inbox.EndWrite(era);
                    feed.Arrived();
                });
            }
        }
        else
        {
            // What this client holds a handle for is no news to the application, whichever way it learns of it.
            var isOwn = message.Role == MessageRole.Sender && rooms.Outbox.Holds(message.Id);
            message = opening.Open(message);
            step = rooms.Inbox.Take(message, isOwn);
            if (step is Step.New or Step.Own)
                Write(new TakeMessage(frame, message, IsHandedOut: false));
        }
        Log(step, message.SignalOffset);
    }

    private void Take(SignalOffset offset, Receipt? receipt)
    {
        var era = rooms.Inbox.Era;
        var step = rooms.Inbox.Take(offset);
        Log(step, offset.Value);
        if (step != Step.New)
            return;
        // Told once it is kept: no tick is taken back by a restart.
        Write(new TakeReceipt(offset, receipt), () =>
        {
            rooms.Inbox.EndWrite(era);
            if (receipt is not null)
                Publish(receipt, era);
        });
    }

    private void Publish(Receipt receipt, int era)
    {
        if (receipt.Kind is ReceiptKind.Received or ReceiptKind.Read or ReceiptKind.Played && era == rooms.Inbox.Era)
            rooms.Receipts.Move(receipt.Peer, receipt.UserOffset, read: receipt.Kind != ReceiptKind.Received);
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
            rooms.Inbox.RefuseAcknowledgement();
        if (rooms.Inbox.IsReread(answer.Id))
            throw new StreamLostException($"Missing entries do not come again: {answer.Error}");
        var settled = rooms.Outbox.Settle(answer);
        if (answer is { SignalOffsetState: true, SignalOffset: > 0 })
            rooms.Inbox.Count(new SignalOffset(answer.SignalOffset), settled?.Answer ?? OwnAnswer.InDoubt);
        else if (!answer.SignalOffsetState)
            ClientLog.NotAdvanced(logger, answer.Id, Refusal.Parse(answer.Error).Code);
    }

    private void Write(StoreChange change, Action? done = null)
    {
        // Protocol §6.42: what is reported must be the other's.
        if (change is TakeMessage { Message: { Unusable: { } reason, Role: MessageRole.Receiver } message } take)
            rooms.Handover.Take(take, ToWire.Report(message, reason), message.Era, Finish);
        else
            rooms.Store.Write(change, Finish);

        void Finish(StoreFailedException? failure)
        {
            if (failure is null)
                done?.Invoke();
            else
                rooms.Failure.Set(failure);
        }
    }

    private void Log(Step step, int offset)
    {
        if (step == Step.Known)
            ClientLog.KnownEntry(logger, offset);
        else if (step == Step.Gap)
            ClientLog.EntriesMissing(logger, offset);
    }
}
