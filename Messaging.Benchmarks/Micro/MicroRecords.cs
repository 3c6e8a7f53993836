using Google.Protobuf;
using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.V1;

namespace Messaging.Benchmarks.Micro;

/// <summary>Records as a chat of a few users brings them, each new.</summary>
internal sealed class MicroRecords
{
    private const int Users = 32;
    private const int Payload = 256;

    private readonly int[] _heads = new int[Users + 1];
    private long _sequence;

    public static Message NewMessage() => new()
    {
        Id = Guid.CreateVersion7().ToString(),
        To = new Identity { User = "bench-receiver" },
        Timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
        Payload = ByteString.CopyFrom(new byte[Payload]),
    };

    public IEnumerable<JournalRecord> Next(int count)
    {
        for (var i = 0; i < count; i++)
            yield return Next();
    }

    private MessageRecord Next()
    {
        var sender = (int)(_sequence++ % Users) + 1;
        var recipient = (sender % Users) + 1;
        var message = NewMessage();
        return new MessageRecord(new RecordHeader
        {
            Sequence = _sequence,
            RecordedAt = message.Timestamp,
            Author = new Party($"bench-{sender}", "load"),
            User = new UserKey(sender),
            Device = new DeviceKey(sender),
            Stream = new StreamNumber(1),
            Entries = [EntryOf(sender), EntryOf(recipient)],
        })
        {
            Id = message.Id,
            Conversation = new ConversationKey(sender),
            UserOffset = new UserOffset((int)((_sequence - 1) / Users) + 1),
            Body = new BodyWriter().Write(message),
            Digest = ContentDigest.Of(message),
        };
    }

    private SequenceEntry EntryOf(int user) =>
        new(new UserKey(user), $"bench-{user}", new SignalOffset(++_heads[user]), About: "");
}
