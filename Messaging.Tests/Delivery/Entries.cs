using Google.Protobuf;
using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.V1;

namespace Messaging.Tests.Delivery;

/// <summary>Entries of bob's queue.</summary>
internal static class Entries
{
    public static readonly Party Alice = new("alice", "phone");

    public static QueueEntry Message(
        int offset, Party? author = null, long stream = 1, int payload = 5, MessageState state = MessageState.Sent) =>
        new(new SignalOffset(offset), new MessageRecord(Header(offset, author ?? Alice, stream, about: ""))
        {
            Id = $"m{offset}",
            Conversation = new ConversationKey(1),
            UserOffset = new UserOffset(offset + 100),
            Body = new BodyWriter().Write(new Message
            {
                Id = "ignored",
                From = new Identity { User = "ignored" },
                To = new Identity { User = "bob", Device = "any" },
                Timestamp = 42,
                Payload = ByteString.CopyFrom(new byte[payload]),
            }),
            Digest = default,
        }, Place: 0, state);

    public static QueueEntry Receipt(int offset, ReceiptKind kind, Party? author = null) =>
        new(new SignalOffset(offset), new ReceiptRecord(Header(offset, author ?? Alice, stream: 1, about: "about"))
        {
            Kind = kind,
            Conversation = new ConversationKey(1),
            UpTo = new UserOffset(9),
        }, Place: 0, MessageState.Sent);

    public static QueueEntry Report(int offset) =>
        new(new SignalOffset(offset), new ReportRecord(Header(offset, Alice, stream: 1, about: "about"))
        {
            Conversation = new ConversationKey(1),
            UserOffset = new UserOffset(9),
            Subject = 1,
            Text = "does not decrypt",
        }, Place: 0, MessageState.Sent);

    private static RecordHeader Header(int offset, Party author, long stream, string about) => new()
    {
        Sequence = offset,
        RecordedAt = 1000 + offset,
        Author = author,
        User = new UserKey(1),
        Device = new DeviceKey(1),
        Stream = new StreamNumber(stream),
        Entries =
        [
            new SequenceEntry(new UserKey(2), "bob", new SignalOffset(offset), about),
            new SequenceEntry(new UserKey(1), "alice", new SignalOffset(offset), about),
        ],
    };
}
