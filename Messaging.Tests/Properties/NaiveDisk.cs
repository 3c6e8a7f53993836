using Messaging.Service.Ledger;

namespace Messaging.Tests.Properties;

/// <summary>What a <see cref="NaiveLedger"/> finds again when it is opened once more.</summary>
internal sealed class NaiveDisk
{
    private long keys;

    public string Epoch { get; } = Guid.NewGuid().ToString("N");

    public long Sequence { get; set; }

    public Dictionary<string, NaiveUser> Users { get; } = new(StringComparer.Ordinal);

    public List<NaiveConversation> Conversations { get; } = [];

    public Dictionary<(string User, string Id), MessageRecord> Messages { get; } = [];

    public HashSet<(MessageRecord Message, string User)> Played { get; } = [];

    public HashSet<(MessageRecord Message, string User)> Reported { get; } = [];

    public long NextKey() => ++keys;

    public NaiveUser User(string name)
    {
        if (!Users.TryGetValue(name, out var user))
            Users.Add(name, user = new NaiveUser(name, new UserKey(NextKey())));
        return user;
    }

    public NaiveConversation Conversation(string one, string other)
    {
        var members = new SortedSet<string>(StringComparer.Ordinal) { one, other };
        var conversation = Conversations.Find(known => known.Members.SetEquals(members));
        if (conversation is null)
            Conversations.Add(conversation = new NaiveConversation(members, new ConversationKey(NextKey())));
        return conversation;
    }
}

/// <summary>A user: the sequence, and the devices that walk it.</summary>
internal sealed class NaiveUser(string name, UserKey key)
{
    public UserKey Key => key;

    public List<(JournalRecord Record, int Place)> Sequence { get; } = [];

    public Dictionary<string, NaiveDeviceState> Devices { get; } = new(StringComparer.Ordinal);

    public SortedSet<string> Blocked { get; } = new(StringComparer.Ordinal);

    public SignalOffset Head => new(Sequence.Count);

    public SequenceEntry Next(string about) => new(key, name, Head.Next(), about);

    public NaiveDeviceState Device(string device, NaiveDisk disk)
    {
        if (!Devices.TryGetValue(device, out var state))
            Devices.Add(device, state = new NaiveDeviceState(new DeviceKey(disk.NextKey())));
        return state;
    }
}

/// <summary>A device: how far it has acknowledged, and which of its streams counts.</summary>
internal sealed class NaiveDeviceState(DeviceKey key)
{
    public DeviceKey Key => key;

    public SignalOffset Cursor { get; private set; }

    /// <summary>Moves the cursor, at a time.</summary>
    public void MoveTo(SignalOffset cursor, long now)
    {
        if (cursor > Cursor)
            (Cursor, SeenAt) = (cursor, now);
    }

    public StreamNumber Stream { get; set; }

    public string Label { get; set; } = "";

    public bool IsRevoked { get; set; }

    public long CreatedAt { get; set; }

    public long SeenAt { get; set; }
}

/// <summary>A conversation: its timeline and its members' watermarks.</summary>
internal sealed class NaiveConversation(SortedSet<string> members, ConversationKey key)
{
    public SortedSet<string> Members => members;

    public ConversationKey Key => key;

    public List<MessageRecord> Timeline { get; } = [];

    public Dictionary<string, UserOffset> ReceivedTo { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, UserOffset> ReadTo { get; } = new(StringComparer.Ordinal);

    public MessageRecord? Find(string sender, string id) =>
        Timeline.Find(message => message.Id == id && message.Author.User == sender);

    public UserOffset Read(string member) => ReadTo.GetValueOrDefault(member);

    // Protocol §6: read implies received.
    public UserOffset Received(string member) =>
        ReceivedTo.GetValueOrDefault(member) > Read(member) ? ReceivedTo[member] : Read(member);

    /// <summary>The members who wrote something behind one watermark and up to another, each with the last of it.</summary>
    public List<(string User, string About)> Covered(string mover, UserOffset behind, UserOffset upTo) =>
        [.. from message in Timeline
            where message.Author.User != mover && message.UserOffset > behind && message.UserOffset <= upTo
            group message by message.Author.User into written
            select (written.Key, written.Last().Id)];

    public MessageRecord LastOfOthers(string member, UserOffset upTo) =>
        Timeline.Last(message => message.Author.User != member && message.UserOffset <= upTo);

    public MessageState State(MessageRecord message)
    {
        var others = members.Where(member => member != message.Author.User).ToList();
        if (others.Count == 0)
            return MessageState.Sent;
        if (others.TrueForAll(member => Read(member) >= message.UserOffset))
            return MessageState.Read;
        return others.TrueForAll(member => Received(member) >= message.UserOffset)
            ? MessageState.Received
            : MessageState.Sent;
    }
}
