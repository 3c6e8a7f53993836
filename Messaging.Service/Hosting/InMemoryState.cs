using Messaging.Service.Ledger;

namespace Messaging.Service.Hosting;

/// <summary>What <see cref="InMemoryLedger"/> knows. Written by its writer alone; queues are read under their own lock.</summary>
internal sealed class InMemoryState(TimeProvider time)
{
    private readonly Dictionary<string, User> _users = [];
    private readonly Dictionary<(string, string), Conversation> _conversations = [];
    private readonly Dictionary<(string User, string Id), MessageRecord> _messages = [];
    private readonly HashSet<InMemoryStream> _touched = [];
    private long _sequence;

    public void Apply(List<Submission> batch)
    {
        var settled = new List<(IStreamListener Listener, Submission Work)>();
        foreach (var submission in batch)
        {
            var listener = submission switch
            {
                OpenStream open => Open(open),
                SendMessage send => Do(send.Stream, send, () => Send(send)),
                Acknowledge acknowledge => Do(acknowledge.Stream, acknowledge, () => Acknowledge(acknowledge)),
                MarkRead read => Do(read.Stream, read, () => Read(read)),
                _ => throw new InvalidOperationException(),
            };
            settled.Add((listener, submission));
        }

        foreach (var (listener, work) in settled)
            listener.OnSettled(work);
        foreach (var user in _users.Values)
        {
            if (user.Publish())
                _touched.UnionWith(user.Streams.Values.Where(stream => !stream.IsClosed));
        }

        foreach (var stream in _touched)
            stream.Listener.Wake();
        _touched.Clear();
    }

    private IStreamListener Open(OpenStream open)
    {
        var user = UserOf(open.Device.User);
        user.Cursors.TryGetValue(open.Device.Device, out var known);
        (open.Cursor, open.Head) = (known, user.Last);
        if (open.Position > user.Last)
        {
            open.Settlement = Settlement.OutOfRange;
            return open.Listener;
        }

        if (!user.Cursors.ContainsKey(open.Device.Device))
            user.Cursors[open.Device.Device] = open.Cursor = open.StartAtHead ? user.Last : SignalOffset.None;
        if (user.Streams.Remove(open.Device.Device, out var older) && !older.IsClosed)
        {
            older.IsReplaced = true;
            older.Listener.OnReplaced();
        }

        var stream = new InMemoryStream(open.Device, new StreamNumber(++_sequence), user, open.Listener);
        user.Streams[open.Device.Device] = stream;
        _touched.Add(stream);
        (open.Stream, open.Settlement) = (stream, Settlement.Recorded);
        return open.Listener;
    }

    private IStreamListener Do(ILedgerStream on, Submission work, Func<Settlement> act)
    {
        var stream = (InMemoryStream)on;
        work.Settlement = stream.IsReplaced ? Settlement.Superseded : act();
        _touched.Add(stream);
        return stream.Listener;
    }

    private Settlement Send(SendMessage send)
    {
        var author = send.Stream.Device;
        if (_messages.TryGetValue((author.User, send.Id), out var original))
        {
            if (original.Digest != send.Digest)
                return Settlement.IdTaken;
            var own = original.Entries.First(entry => entry.UserName == author.User);
            (send.SignalOffset, send.UserOffset, send.RecordedAt) = (own.Offset, original.UserOffset, original.RecordedAt);
            return Settlement.Repeated;
        }

        var conversation = ConversationOf(author.User, send.Recipient);
        var members = new[] { author.User, send.Recipient }.Distinct().Select(UserOf).ToList();
        var record = new MessageRecord
        {
            Sequence = ++_sequence,
            RecordedAt = time.GetUtcNow().ToUnixTimeMilliseconds(),
            Author = author,
            AuthorUser = UserOf(author.User).Key,
            AuthorDevice = default,
            Stream = send.Stream.Number,
            Id = send.Id,
            Conversation = conversation.Key,
            UserOffset = new UserOffset(conversation.Messages.Count + 1),
            Body = send.Body,
            Digest = send.Digest,
            Entries = [.. members.Select(member => new SequenceEntry(member.Key, member.Name, member.Last.Next(), ""))],
        };
        conversation.Messages.Add(record);
        _messages[(author.User, send.Id)] = record;
        Append(record, members, () => conversation.StateOf(record));
        (send.SignalOffset, send.UserOffset, send.RecordedAt) =
            (record.Entries[0].Offset, record.UserOffset, record.RecordedAt);
        Advance(send.Stream.Device, send.SignalOffset);
        return Settlement.Recorded;
    }

    private Settlement Acknowledge(Acknowledge work)
    {
        var user = UserOf(work.Stream.Device.User);
        if (work.UpTo > user.Last)
            return Settlement.OutOfRange;
        if (work.UpTo > user.Cursors[work.Stream.Device.Device])
            user.Cursors[work.Stream.Device.Device] = work.UpTo;
        foreach (var group in user.TakeNewlyReceived(work.UpTo).GroupBy(message => message.Conversation))
        {
            var conversation = _conversations.Values.First(one => one.Key == group.Key);
            Mark(conversation, work.Stream, ReceiptKind.Received, group.Max(message => message.UserOffset)!, "");
        }

        work.Cursor = user.Cursors[work.Stream.Device.Device];
        return Settlement.Recorded;
    }

    private Settlement Read(MarkRead work)
    {
        var me = work.Stream.Device.User;
        if (work.Peer == me)
            return Settlement.Recorded;
        var conversation = ConversationOf(me, work.Peer);
        MessageRecord? named = null;
        if (work.MessageId.Length > 0 && (!_messages.TryGetValue((work.Peer, work.MessageId), out named)
            || named.Conversation != conversation.Key))
            return Settlement.NotFound;
        var upTo = work.UpTo == UserOffset.None ? named!.UserOffset : work.UpTo;
        if (upTo.Value > conversation.Messages.Count)
            return Settlement.OutOfRange;
        work.SignalOffset = Mark(conversation, work.Stream, ReceiptKind.Read, upTo, work.MessageId);
        work.Watermark = conversation.MarkOf(me, ReceiptKind.Read);
        return Settlement.Recorded;
    }

    private SignalOffset Mark(Conversation conversation, ILedgerStream stream, ReceiptKind kind, UserOffset upTo, string id)
    {
        var me = stream.Device.User;
        var before = conversation.MarkOf(me, kind);
        var newly = conversation.Messages.Where(message =>
            message.UserOffset > before && message.UserOffset <= upTo && message.Author.User != me).ToList();
        if (newly.Count == 0)
            return SignalOffset.None;
        conversation.Marks[(me, kind)] = upTo;
        if (kind == ReceiptKind.Read && conversation.MarkOf(me, ReceiptKind.Received) < upTo)
            conversation.Marks[(me, ReceiptKind.Received)] = upTo;

        var last = newly[^1];
        var told = new List<(User User, string About)> { (UserOf(last.Author.User), last.Id) };
        if (kind == ReceiptKind.Read)
            told.Add((UserOf(me), id.Length > 0 ? id : last.Id));
        var record = new ReceiptRecord
        {
            Sequence = ++_sequence,
            RecordedAt = time.GetUtcNow().ToUnixTimeMilliseconds(),
            Author = stream.Device,
            AuthorUser = UserOf(me).Key,
            AuthorDevice = default,
            Stream = stream.Number,
            Kind = kind,
            Conversation = conversation.Key,
            UpTo = upTo,
            Entries = [.. told.Select(one => new SequenceEntry(one.User.Key, one.User.Name, one.User.Last.Next(), one.About))],
        };
        Append(record, told.Select(one => one.User), () => MessageState.Sent);
        if (kind != ReceiptKind.Read)
            return SignalOffset.None;
        Advance(stream.Device, record.Entries[1].Offset);
        return record.Entries[1].Offset;
    }

    private static void Append(JournalRecord record, IEnumerable<User> users, Func<MessageState> state)
    {
        var place = 0;
        foreach (var user in users)
            user.Append(record, place++, state);
    }

    // Protocol §4: over an own entry that is next in line, the cursor moves by itself.
    private void Advance(Party device, SignalOffset own)
    {
        var user = UserOf(device.User);
        if (user.Cursors[device.Device].Value == own.Value - 1)
            user.Cursors[device.Device] = own;
    }

    private User UserOf(string name)
    {
        if (!_users.TryGetValue(name, out var user))
            _users[name] = user = new User(name, new UserKey(_users.Count + 1));
        return user;
    }

    private Conversation ConversationOf(string one, string other)
    {
        var key = string.CompareOrdinal(one, other) < 0 ? (one, other) : (other, one);
        if (!_conversations.TryGetValue(key, out var conversation))
            _conversations[key] = conversation = new Conversation(new ConversationKey(_conversations.Count + 1));
        return conversation;
    }

    internal sealed class Conversation(ConversationKey key)
    {
        public ConversationKey Key { get; } = key;
        public List<MessageRecord> Messages { get; } = [];
        public System.Collections.Concurrent.ConcurrentDictionary<(string, ReceiptKind), UserOffset> Marks { get; } = [];

        public UserOffset MarkOf(string user, ReceiptKind kind) => Marks.GetValueOrDefault((user, kind));

        public MessageState StateOf(MessageRecord message) => message.Entries
            .Where(entry => entry.UserName != message.Author.User)
            .Select(entry => MarkOf(entry.UserName, ReceiptKind.Read) >= message.UserOffset ? MessageState.Read
                : MarkOf(entry.UserName, ReceiptKind.Received) >= message.UserOffset ? MessageState.Received
                : MessageState.Sent)
            .DefaultIfEmpty(MessageState.Sent).Min();
    }

    internal sealed class User(string name, UserKey key)
    {
        private readonly Lock _gate = new();
        private readonly List<(JournalRecord Record, int Place, Func<MessageState> State)> _entries = [];
        private int _head;
        private int _receivedTo;

        public string Name { get; } = name;
        public UserKey Key { get; } = key;
        public System.Collections.Concurrent.ConcurrentDictionary<string, SignalOffset> Cursors { get; } = [];
        public Dictionary<string, InMemoryStream> Streams { get; } = [];
        public SignalOffset Last => new(_entries.Count);
        public SignalOffset Head => new(Volatile.Read(ref _head));

        public void Append(JournalRecord record, int place, Func<MessageState> state)
        {
            lock (_gate)
                _entries.Add((record, place, state));
        }

        public bool Publish()
        {
            var isNew = _head != _entries.Count;
            Volatile.Write(ref _head, _entries.Count);
            return isNew;
        }

        public List<MessageRecord> TakeNewlyReceived(SignalOffset upTo)
        {
            var messages = _entries.Take(upTo.Value).Skip(_receivedTo).Select(entry => entry.Record)
                .OfType<MessageRecord>().Where(message => message.Author.User != Name).ToList();
            _receivedTo = Math.Max(_receivedTo, upTo.Value);
            return messages;
        }

        public QueuePage Read(SignalOffset after, int maxEntries, int maxBytes)
        {
            var page = new List<QueueEntry>();
            lock (_gate)
            {
                var at = after.Value;
                for (; at < _head && page.Count < maxEntries; at++)
                {
                    var (record, place, state) = _entries[at];
                    maxBytes -= record is MessageRecord message ? message.Body.Length : 0;
                    if (maxBytes < 0 && page.Count > 0)
                        break;
                    page.Add(new QueueEntry(new SignalOffset(at + 1), record, place, state()));
                }

                return new QueuePage(page, new SignalOffset(at));
            }
        }
    }
}

/// <summary>A stream of <see cref="InMemoryLedger"/>.</summary>
internal sealed class InMemoryStream(Party device, StreamNumber number, InMemoryState.User user, IStreamListener listener)
    : ILedgerStream
{
    public Party Device { get; } = device;
    public StreamNumber Number { get; } = number;
    public IStreamListener Listener { get; } = listener;
    public bool IsReplaced { get; set; }
    public bool IsClosed { get; private set; }
    public SignalOffset Head => user.Head;
    public SignalOffset Cursor => user.Cursors[Device.Device];

    public ValueTask<QueuePage> ReadAsync(
        SignalOffset after, int maxEntries, int maxBytes, CancellationToken cancellationToken) =>
        ValueTask.FromResult(user.Read(after, maxEntries, maxBytes));

    public void Dispose() => IsClosed = true;
}
