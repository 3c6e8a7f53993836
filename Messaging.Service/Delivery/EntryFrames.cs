using System.Diagnostics;
using Messaging.Service.Ledger;
using Messaging.V1;

namespace Messaging.Service.Delivery;

/// <summary>Makes the frames in which one device gets the entries of its queue (protocol §3, §5, §6).</summary>
internal sealed class EntryFrames(Party device)
{
    private readonly LastIdentity _to = new();
    private Identity _lastAuthor = new();

    /// <summary>The frame for an entry; null where the entry holds nothing any more.</summary>
    public Frame? For(QueueEntry entry, SignalRequest request) => entry.Record switch
    {
        _ when !HoldsSomething(entry) => null,
        MessageRecord message => new Frame { Message = ForMessage(message, entry, request) },
        ReportRecord report => new Frame { Signal = ForReport(report, entry) },
        ReceiptRecord receipt => new Frame { Signal = ForReceipt(receipt, entry) },
        _ => throw new UnreachableException($"A {entry.Record.GetType().Name} takes no place in a queue"),
    };

    /// <summary>Whether there is anything to deliver: retention empties messages and reports.</summary>
    public static bool HoldsSomething(QueueEntry entry) =>
        entry.Record is not (MessageRecord { Body.IsEmpty: true } or ReportRecord { Text: "" });

    /// <summary>What the entry counts for in the window's bytes.</summary>
    public static int SizeOf(QueueEntry entry) => entry.Record is MessageRecord message ? message.Body.Length : 0;

    private Message ForMessage(MessageRecord record, QueueEntry entry, SignalRequest request)
    {
        var message = MessageBody.Read(record.Body, _to);
        message.Id = record.Id;
        message.SignalOffset = entry.Offset.Value;
        message.UserOffset = record.UserOffset.Value;
        message.From = IdentityOf(record.Author);
        message.SignalType = RoleOf(record.Author, ofAnother: SignalType.Receiver);
        message.SignalOffsetState = true;
        message.SignalAckState = AckStates.UpTo(entry.State);
        message.SignalRequest = request;
        return message;
    }

    private Signal ForReceipt(ReceiptRecord record, QueueEntry entry) => new()
    {
        Id = entry.About,
        SignalOffset = entry.Offset.Value,
        UserOffset = record.UpTo.Value,
        Status = record.Kind == ReceiptKind.Played ? SignalStatus.Played : SignalStatus.Unspecified,
        Timestamp = record.RecordedAt,
        From = IdentityOf(record.Author),
        To = new Identity { User = AddresseeOf(record) },
        Type = SignalKind.Response,
        SignalType = RoleOf(record.Author, ofAnother: SignalType.Sender),
        SignalOffsetState = true,
        SignalAckState = AckStates.UpTo(
            record.Kind == ReceiptKind.Received ? MessageState.Received : MessageState.Read),
    };

    private Signal ForReport(ReportRecord record, QueueEntry entry) => new()
    {
        Id = entry.About,
        SignalOffset = entry.Offset.Value,
        UserOffset = record.UserOffset.Value,
        Timestamp = record.RecordedAt,
        From = IdentityOf(record.Author),
        To = new Identity { User = device.User },
        Type = SignalKind.Error,
        SignalType = SignalType.Sender,
        Error = record.Text,
    };

    private SignalType RoleOf(Party author, SignalType ofAnother) =>
        author.User != device.User ? ofAnother
        : author.Device == device.Device ? SignalType.Sender
        : SignalType.Device;

    // Protocol §6: to a member whose messages are covered it goes by name; the reader's own entry names the other one.
    private string AddresseeOf(ReceiptRecord record)
    {
        if (record.Author.User != device.User)
            return device.User;
        foreach (var entry in record.Entries)
        {
            if (entry.UserName != device.User)
                return entry.UserName;
        }

        return "";
    }

    // Entries of one author come in a row: they share what says who it was.
    private Identity IdentityOf(Party party)
    {
        if (_lastAuthor.User != party.User || _lastAuthor.Device != party.Device)
            _lastAuthor = new Identity { User = party.User, Device = party.Device };
        return _lastAuthor;
    }
}
