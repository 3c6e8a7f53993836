using System.Diagnostics;
using Messaging.Service.Ledger;
using Messaging.Service.Security;
using Messaging.V1;

namespace Messaging.Service.Delivery;

/// <summary>
/// Takes the frames of one stream: turns each into work for the ledger, or into the answer that it gets without any.
/// Shape is checked before identity, identity before content (protocol §9). Used by the stream's read loop alone.
/// </summary>
/// <param name="stream">Whose frames.</param>
/// <param name="shape">What a frame may look like.</param>
/// <param name="rate">How many messages the device may send.</param>
/// <param name="sendsAs">Hears of each message in another's name; null where the caller may send none.</param>
internal sealed class Intake(
    ILedgerStream stream, ShapeRules shape, MessageRate rate, Action<Message>? sendsAs = null)
{
    private readonly BodyWriter _bodies = new();

    public Taken Take(Frame frame) => frame.BodyCase switch
    {
        Frame.BodyOneofCase.Message => Take(frame.Message),
        Frame.BodyOneofCase.Signal => Take(frame.Signal),
        _ => Refuse("", Refusal.Invalid("the frame holds neither a message nor a signal")),
    };

    private Taken Take(Message message)
    {
        if ((shape.Check(message) ?? CallerRules.Check(message.From, stream.Device, sendsAs is not null)) is { } refusal)
            return RefuseMessage(message.Id, refusal);

        var isAsOther = message.From is { User.Length: > 0 } from && from.User != stream.Device.User;
        if (isAsOther)
            sendsAs!(message);
        var body = _bodies.Write(message);
        var work = new SendMessage(
            stream, message.Id, message.To.User, body, ContentDigest.Of(message),
            isOverRate: !rate.TryTake(body.Length), author: isAsOther ? message.From!.User : null);
        return new Taken.Send(work, message.To);
    }

    private Taken Take(Signal signal)
    {
        var row = SignalReading.RowOf(signal);
        if ((shape.Check(signal, row) ?? CallerRules.Check(signal.From, stream.Device)) is { } refusal)
        {
            return row == SignalRow.Acknowledge && signal.SignalOffset < 0
                ? new Taken.NegativeAcknowledgement(Echo(signal.Id), refusal)
                : Refuse(signal.Id, refusal);
        }

        return row switch
        {
            SignalRow.Acknowledge => TakeAcknowledgement(signal),
            SignalRow.Read => TakeRead(signal, isPlayed: false),
            SignalRow.Played => TakeRead(signal, isPlayed: true),
            SignalRow.Reread => TakeReread(signal),
            SignalRow.Awareness => new Taken.Awareness(signal),
            SignalRow.ErrorReport => TakeReport(signal),
            _ => throw new UnreachableException($"The shape rules let {row} pass"),
        };
    }

    private Taken.Acknowledgement TakeAcknowledgement(Signal signal) =>
        new(new Acknowledge(stream, new SignalOffset(signal.SignalOffset)), signal.Id);

    private Taken.Read TakeRead(Signal signal, bool isPlayed)
    {
        var work = new MarkRead(
            stream, signal.To.User, signal.Id, new UserOffset(signal.UserOffset), isPlayed,
            SignalReading.AcknowledgedBy(signal));
        return new Taken.Read(work, signal.Id, signal.To);
    }

    private Taken.Report TakeReport(Signal signal) =>
        new(new ReportError(stream, signal.To.User, signal.Id, signal.Error), signal.Id);

    private Taken TakeReread(Signal signal)
    {
        var after = new SignalOffset(signal.SignalOffset);
        return after > stream.Head
            ? new Taken.Refused(RefusalCode.OutOfRange, AnswerFrames.RefuseReread(signal.Id))
            : new Taken.Reread(after, signal.Id);
    }

    // Protocol §4: a message that is finally refused holds up others no longer.
    private Taken.Refused RefuseMessage(string id, Refusal refusal) =>
        Refuse(id, refusal) with { Withdrawal = stream.IsFenced ? new Withdraw(stream, id) : null };

    private Taken.Refused Refuse(string id, Refusal refusal) =>
        new(refusal.Code, AnswerFrames.Refuse(Echo(id), refusal));

    // Protocol §9: the id is echoed if that is valid.
    private string Echo(string id) => shape.IsId(id) ? id : "";
}
