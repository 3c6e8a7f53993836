using System.Collections.Immutable;
using Messaging.Service.Ledger;

namespace Messaging.Benchmarks.StoreOff;

/// <summary>Decides batches in order and tells the streams, in the order that the real ledger keeps.</summary>
internal sealed class MemoryRules
{
    /// <summary>As much as the real ledger keeps in memory for streams that are about to read it.</summary>
    private const int KeptRows = 16_384;

    private readonly Dictionary<string, MemoryUser> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<(long, long), MemoryConversation> _conversations = [];
    private readonly List<MemoryDevice> _acknowledged = [];
    private readonly List<(Acknowledge Submission, MemoryDevice Device)> _unanswered = [];
    private readonly HashSet<MemoryUser> _raised = [];
    private readonly List<MemoryStream> _toWake = [];
    private readonly List<SequenceEntry> _told = [];
    private readonly List<MessageRecord> _covered = [];
    private readonly Queue<JournalRecord> _kept = [];
    private long _lastSequence;
    private long _lastKey;
    private long _now;

    public void Take(List<Submission> batch)
    {
        _now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var submission in batch)
            submission.Settlement = Decide(submission);
        foreach (var device in _acknowledged)
            Receive(device);
        foreach (var (submission, device) in _unanswered)
            submission.Cursor = device.Cursor;

        foreach (var submission in batch)
            Settle(submission);
        foreach (var user in _raised)
            Raise(user);
        foreach (var stream in _toWake)
        {
            stream.IsWakeDue = false;
            stream.Listener?.Wake();
        }

        _acknowledged.Clear();
        _unanswered.Clear();
        _raised.Clear();
        _toWake.Clear();
        while (_kept.Count > KeptRows && TryLetGo(_kept.Peek()))
            _kept.Dequeue();
    }

    private Settlement Decide(Submission submission)
    {
        if (submission is OpenStream open)
            return Open(open);

        var stream = (MemoryStream)submission.Stream!;
        if (stream.State.Stream != stream.Number || stream.Listener is null)
            return Settlement.Superseded;

        return submission switch
        {
            SendMessage send => Send(send, stream.State),
            Acknowledge acknowledge => Note(acknowledge, stream.State),
            PassOver hole => Pass(hole, stream.State),
            _ => Settlement.Unavailable,
        };
    }

    private Settlement Open(OpenStream open)
    {
        var user = UserOf(open.Device.User);
        if (!user.Devices.TryGetValue(open.Device.Device, out var device))
            user.Devices.Add(open.Device.Device, device = new MemoryDevice(user, open.Device, ++_lastKey));
        device.Stream = new StreamNumber(++_lastSequence);
        open.Stream = new MemoryStream(device, open.Listener);
        (open.Cursor, open.Head) = (device.Cursor, user.Head);
        return Settlement.Recorded;
    }

    private Settlement Send(SendMessage send, MemoryDevice sender)
    {
        var (user, recipient) = (sender.User, UserOf(send.Recipient));
        var conversation = ConversationOf(user, recipient);
        ImmutableArray<SequenceEntry> entries =
        [
            new(user.Key, user.Name, user.Take(), About: ""),
            new(recipient.Key, recipient.Name, recipient.Take(), About: ""),
        ];
        var message = new MessageRecord(HeaderOf(sender, entries))
        {
            Id = send.Id,
            Conversation = conversation.Key,
            UserOffset = conversation.Take(),
            Body = send.Body,
            Digest = send.Digest,
        };
        Append(message);
        (send.SignalOffset, send.UserOffset, send.RecordedAt) = (entries[0].Offset, message.UserOffset, _now);

        if (entries[0].Offset.Value == user.Settled.Value + 1)
            user.Settled = entries[0].Offset;
        if (entries[0].Offset.Value == sender.Cursor.Value + 1)
            sender.MoveTo(entries[0].Offset);
        else
            sender.Told.Add(entries[0].Offset, entries[0].Offset);
        return Settlement.Recorded;
    }

    private Settlement Note(Acknowledge acknowledge, MemoryDevice device)
    {
        if (acknowledge.UpTo > device.User.Head)
            return Settlement.OutOfRange;

        _unanswered.Add((acknowledge, device));
        if (acknowledge.UpTo <= device.Cursor || acknowledge.UpTo <= device.Acknowledged)
            return Settlement.Recorded;
        if (device.Acknowledged == SignalOffset.None)
            _acknowledged.Add(device);
        device.Acknowledged = acknowledge.UpTo;
        acknowledge.IsPastCursor = true;
        return Settlement.Recorded;
    }

    private static Settlement Pass(PassOver hole, MemoryDevice device)
    {
        device.Told.Add(hole.First, hole.Last);
        device.MoveTo(device.Cursor);
        return Settlement.Recorded;
    }

    /// <summary>
    /// The highest acknowledgement of a device in this batch: one receipt for each conversation it covers.
    /// </summary>
    private void Receive(MemoryDevice device)
    {
        var (user, upTo) = (device.User, device.Acknowledged);
        device.Acknowledged = SignalOffset.None;
        if (upTo > user.Settled)
        {
            user.Queue.Visit(user.Settled.Value + 1, upTo.Value, (_covered, user), static (_, entry, argument) =>
            {
                if (entry.Record is MessageRecord message && message.Header.User != argument.user.Key)
                    argument._covered.Add(message);
                return true;
            });
            _covered.Sort(static (one, other) => one.Conversation.Value.CompareTo(other.Conversation.Value));
            for (var first = 0; first < _covered.Count;)
                first = Tell(device, first);
            _covered.Clear();
            user.Settled = upTo;
        }

        device.MoveTo(upTo);
    }

    /// <summary>Tells the authors of one conversation's messages; gives the place of the next conversation's.</summary>
    private int Tell(MemoryDevice device, int first)
    {
        var (next, last) = (first, _covered[first]);
        for (; next < _covered.Count && _covered[next].Conversation == last.Conversation; next++)
        {
            var author = UserOf(_covered[next].Author.User);
            _told.Add(new SequenceEntry(author.Key, author.Name, author.Take(), _covered[next].Id));
            last = _covered[next].UserOffset > last.UserOffset ? _covered[next] : last;
        }

        var receipt = new ReceiptRecord(HeaderOf(device, [.. _told]))
        {
            Kind = ReceiptKind.Received,
            Conversation = last.Conversation,
            UpTo = last.UserOffset,
        };
        Append(receipt);
        _told.Clear();
        return next;
    }

    private void Settle(Submission submission)
    {
        if (submission is OpenStream open)
        {
            var opened = (MemoryStream)open.Stream!;
            Replace(opened);
            open.Listener.OnSettled(open);
            WakeLater(opened);
            return;
        }

        var stream = (MemoryStream)submission.Stream!;
        stream.Listener?.OnSettled(submission);
        WakeLater(stream);
    }

    private static void Replace(MemoryStream opened)
    {
        opened.State.User.Streams.RemoveAll(stream =>
        {
            if (stream.State == opened.State)
                stream.Listener?.OnReplaced();
            return stream.State == opened.State || stream.Listener is null;
        });
        opened.State.User.Streams.Add(opened);
    }

    private void Raise(MemoryUser user)
    {
        user.Publish();
        foreach (var stream in user.Streams)
            WakeLater(stream);
    }

    private void WakeLater(MemoryStream stream)
    {
        if (stream.IsWakeDue)
            return;
        stream.IsWakeDue = true;
        _toWake.Add(stream);
    }

    private void Append(JournalRecord record)
    {
        for (var place = 0; place < record.Entries.Length; place++)
        {
            var entry = record.Entries[place];
            var user = UserOf(entry.UserName);
            user.Queue.Append(entry.Offset.Value, new QueueEntry(entry.Offset, record, place, MessageState.Sent));
            _raised.Add(user);
        }

        _kept.Enqueue(record);
    }

    private bool TryLetGo(JournalRecord record)
    {
        foreach (var entry in record.Entries)
        {
            if (!UserOf(entry.UserName).IsDone(entry.Offset))
                return false;
        }

        foreach (var entry in record.Entries)
            UserOf(entry.UserName).Queue.RemoveThrough(entry.Offset.Value);
        return true;
    }

    private RecordHeader HeaderOf(MemoryDevice author, ImmutableArray<SequenceEntry> entries) => new()
    {
        Sequence = ++_lastSequence,
        RecordedAt = _now,
        Author = author.Party,
        User = author.User.Key,
        Device = author.Key,
        Stream = author.Stream,
        Entries = entries,
    };

    private MemoryUser UserOf(string name)
    {
        if (!_users.TryGetValue(name, out var user))
            _users.Add(name, user = new MemoryUser(name, ++_lastKey));
        return user;
    }

    private MemoryConversation ConversationOf(MemoryUser one, MemoryUser other)
    {
        var key = (Math.Min(one.Key.Value, other.Key.Value), Math.Max(one.Key.Value, other.Key.Value));
        if (!_conversations.TryGetValue(key, out var conversation))
            _conversations.Add(key, conversation = new MemoryConversation(++_lastKey));
        return conversation;
    }
}
