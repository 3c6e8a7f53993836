using Messaging.Service.Ledger;

namespace Messaging.Tests.Properties;

/// <summary>
/// The rules of protocol §§1, 4, 5 and 6 as plain loops over plain lists, to hold a real ledger against: slow, and
/// short enough to be checked by reading. Its disk is a <see cref="NaiveDisk"/>, which outlives it.
/// </summary>
internal sealed partial class NaiveLedger(NaiveDisk disk, TimeProvider time) : ILedger
{
    private readonly Lock gate = new();
    private readonly Dictionary<Party, NaiveStream> open = [];
    private readonly TaskCompletionSource completion = new();

    public string Epoch => disk.Epoch;

    public Task Completion => completion.Task;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    public ValueTask SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(completion.Task.IsCompleted, this);
            if (submission is AccountWork work)
            {
                work.Settlement = Do(work);
                work.HandBack();
                return ValueTask.CompletedTask;
            }

            var heads = disk.Users.ToDictionary(user => user.Key, user => user.Value.Head);
            var (listener, stream) = Apply(submission);
            listener.OnSettled(submission);
            foreach (var woken in open.Values.Where(
                woken => woken != stream && woken.Head > heads.GetValueOrDefault(woken.Device.User)))
                woken.Listener.Wake();
            listener.Wake();
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        lock (gate)
            completion.TrySetResult();
        return ValueTask.CompletedTask;
    }

    internal T Locked<T>(Func<T> read)
    {
        lock (gate)
            return read();
    }

    internal QueuePage Page(NaiveUser user, SignalOffset after, int maxEntries, int maxBytes)
    {
        var entries = new List<QueueEntry>();
        var bytes = 0;
        for (var offset = after; offset < user.Head && entries.Count < maxEntries; offset = offset.Next())
        {
            var (record, place) = user.Sequence[offset.Value];
            bytes += (record as MessageRecord)?.Body.Length ?? 0;
            if (entries.Count > 0 && bytes > maxBytes)
                break;
            var state = record is MessageRecord message
                ? disk.Conversations.Single(one => one.Key == message.Conversation).State(message)
                : default;
            entries.Add(new QueueEntry(offset.Next(), record, place, state));
        }

        return new QueuePage(entries, entries.Count > 0 ? entries[^1].Offset : after);
    }

    internal void Close(NaiveStream stream)
    {
        lock (gate)
        {
            if (open.GetValueOrDefault(stream.Device) == stream)
                open.Remove(stream.Device);
        }
    }

    private (IStreamListener Listener, NaiveStream? Stream) Apply(Submission submission)
    {
        if (submission is OpenStream opening)
        {
            opening.Settlement = Open(opening);
            return (opening.Listener, opening.Stream as NaiveStream);
        }

        var stream = (NaiveStream)submission.Stream!;
        submission.Settlement = stream.State.Stream != stream.Number ? Settlement.Superseded : submission switch
        {
            SendMessage send => Send(send, stream),
            Acknowledge acknowledge => Acknowledge(acknowledge, stream),
            MarkRead read => Read(read, stream),
            ReportError report => Report(report, stream),
            PassOver over => Pass(over, stream),
            Withdraw => Settlement.Recorded,
            _ => throw new NotSupportedException(submission.GetType().Name),
        };
        return (stream.Listener, stream);
    }

    private Settlement Open(OpenStream opening)
    {
        var user = disk.User(opening.Device.User);
        if (user.Devices.GetValueOrDefault(opening.Device.Device) is { IsRevoked: true })
            return Settlement.Revoked;
        opening.Head = user.Head;
        if (opening.Position > user.Head)
            return Settlement.OutOfRange;

        var isNew = !user.Devices.ContainsKey(opening.Device.Device);
        if (isNew && user.Devices.Values.Count(known => !known.IsRevoked) >= MaxDevices)
            return Settlement.TooMany;
        var device = user.Device(opening.Device.Device, disk);
        if (isNew)
            device.CreatedAt = Now;
        device.SeenAt = Now;
        if (isNew && opening.StartAtHead)
            device.MoveTo(user.Head, Now);
        var replaced = open.GetValueOrDefault(opening.Device);

        device.Stream = new StreamNumber(++disk.Sequence);
        var stream = new NaiveStream(this, opening.Device, user, device, opening.Listener);
        open[opening.Device] = stream;
        opening.Stream = stream;
        opening.Cursor = device.Cursor;
        replaced?.Listener.OnReplaced();
        return Settlement.Recorded;
    }

    private Settlement Send(SendMessage send, NaiveStream stream)
    {
        // Protocol §4: what is sent in a user's name is that user's in every respect.
        var author = send.Author ?? stream.Device.User;
        if (disk.Messages.TryGetValue((author, send.Id), out var earlier))
        {
            if (earlier.Digest != send.Digest)
                return Settlement.IdTaken;
            Fill(send, earlier);
            return Settlement.Repeated;
        }

        if (disk.User(send.Recipient).Blocked.Contains(author))
            return Settlement.NotPermitted;
        var conversation = disk.Conversation(author, send.Recipient);
        var header = Header(stream, conversation.Members.Select(member => (member, About: "")));
        var record = new MessageRecord(send.Author is null ? header : header with
        {
            Author = new Party(author, stream.Device.Device),
            User = disk.User(author).Key,
            Stream = default, // to no stream was its answer the delivery
        })
        {
            Id = send.Id,
            Conversation = conversation.Key,
            UserOffset = new UserOffset(conversation.Timeline.Count + 1),
            Body = send.Body.ToArray(),
            Digest = send.Digest,
        };
        conversation.Timeline.Add(record);
        disk.Messages.Add((author, send.Id), record);
        Append(record);
        Fill(send, record);
        PassOverOwnEntries(stream);
        return Settlement.Recorded;
    }

    private static void Fill(SendMessage send, MessageRecord record)
    {
        send.SignalOffset = send.Author is null
            ? record.Entries.First(entry => entry.UserName == record.Author.User).Offset
            : SignalOffset.None;
        send.UserOffset = record.UserOffset;
        send.RecordedAt = record.RecordedAt;
    }

    private Settlement Acknowledge(Acknowledge acknowledge, NaiveStream stream)
    {
        var isOutOfRange = acknowledge.UpTo > stream.User.Head;
        acknowledge.IsPastCursor = !isOutOfRange && acknowledge.UpTo > stream.State.Cursor;
        if (!isOutOfRange)
            Acknowledge(acknowledge.UpTo, stream);
        acknowledge.Cursor = stream.State.Cursor;
        return isOutOfRange ? Settlement.OutOfRange : Settlement.Recorded;
    }

    private void Acknowledge(SignalOffset acknowledged, NaiveStream stream)
    {
        if (acknowledged <= stream.State.Cursor)
            return;

        stream.State.MoveTo(acknowledged, Now);
        PassOverOwnEntries(stream);

        // Protocol §6: every message of others up to the acknowledged entry is received now.
        foreach (var conversation in disk.Conversations.Where(one => one.Members.Contains(stream.Device.User)))
        {
            var upTo = conversation.Timeline.LastOrDefault(message =>
                message.Author.User != stream.Device.User
                && message.Entries.Any(entry => entry.UserName == stream.Device.User
                    && entry.Offset <= acknowledged))?.UserOffset ?? UserOffset.None;
            if (upTo <= conversation.Received(stream.Device.User))
                continue;
            var covered = conversation.Covered(stream.Device.User, conversation.Received(stream.Device.User), upTo);
            conversation.ReceivedTo[stream.Device.User] = upTo;
            Append(Receipt(ReceiptKind.Received, conversation, upTo, stream, covered));
        }
    }

    private Settlement Read(MarkRead read, NaiveStream stream)
    {
        var reader = stream.Device.User;
        var conversation = disk.Conversation(reader, read.Peer);
        var named = conversation.Find(read.Peer, read.MessageId);
        if (named is null && read.MessageId.Length > 0)
            return Settlement.NotFound;
        var upTo = read.UpTo != UserOffset.None ? read.UpTo : named!.UserOffset;
        if (upTo.Value > conversation.Timeline.Count)
            return Settlement.OutOfRange;
        if (read.Acknowledge > stream.User.Head)
            return Settlement.OutOfRange;

        var told = conversation.Covered(reader, conversation.Read(reader), upTo);
        if (told.Count > 0)
            conversation.ReadTo[reader] = upTo;
        read.Watermark = conversation.Read(reader);

        // Protocol §6: the first PLAYED takes an entry also where the message was read already.
        var isPlayed = read.IsPlayed && reader != read.Peer && disk.Played.Add((named!, reader));
        if (isPlayed)
            told = [(read.Peer, named!.Id)];
        if (told.Count > 0)
        {
            told.Add((reader, named?.Id ?? conversation.LastOfOthers(reader, upTo).Id));
            var record = Receipt(isPlayed ? ReceiptKind.Played : ReceiptKind.Read, conversation, upTo, stream, told);
            Append(record);
            read.SignalOffset = record.Entries[^1].Offset;
            PassOverOwnEntries(stream);
        }

        read.IsPastCursor = read.Acknowledge > stream.State.Cursor;
        Acknowledge(read.Acknowledge, stream);
        return Settlement.Recorded;
    }

    private Settlement Report(ReportError report, NaiveStream stream)
    {
        var conversation = disk.Conversation(stream.Device.User, report.Peer);
        if (conversation.Find(report.Peer, report.MessageId) is not { } named)
            return Settlement.NotFound;
        if (disk.Reported.Contains((named, stream.Device.User)))
            return Settlement.Recorded;
        if (disk.User(report.Peer).Blocked.Contains(stream.Device.User))
            return Settlement.NotPermitted;
        if (disk.Reported.Add((named, stream.Device.User)))
        {
            Append(new ReportRecord(Header(stream, [(report.Peer, named.Id)]))
            {
                Conversation = conversation.Key,
                UserOffset = named.UserOffset,
                Subject = named.Sequence,
                Text = report.Text,
            });
        }

        return Settlement.Recorded;
    }

    private ReceiptRecord Receipt(
        ReceiptKind kind,
        NaiveConversation conversation,
        UserOffset upTo,
        NaiveStream stream,
        IEnumerable<(string User, string About)> told) => new(Header(stream, told))
        {
            Kind = kind,
            Conversation = conversation.Key,
            UpTo = upTo,
        };

    private RecordHeader Header(NaiveStream stream, IEnumerable<(string User, string About)> told) => new()
    {
        Sequence = ++disk.Sequence,
        RecordedAt = Now,
        Author = stream.Device,
        User = stream.User.Key,
        Device = stream.State.Key,
        Stream = stream.Number,
        Entries = [.. told.Select(one => disk.User(one.User).Next(one.About))],
    };

    private void Append(JournalRecord record)
    {
        for (var place = 0; place < record.Entries.Length; place++)
            disk.User(record.Entries[place].UserName).Sequence.Add((record, place));
    }

    private Settlement Pass(PassOver over, NaiveStream stream)
    {
        for (var offset = over.First.Value; offset <= over.Last.Value; offset++)
            stream.AccountedFor.Add(offset);
        PassOverOwnEntries(stream);
        return Settlement.Recorded;
    }

    // Protocol §2: nor need the device acknowledge what a position signal of this stream accounted for.
    // Protocol §4, §5: on the stream on which it came, the answer to a message or a read was the delivery of the
    // device's own entry. The answer to a report was none, of a note to oneself either.
    private void PassOverOwnEntries(NaiveStream stream)
    {
        while (stream.State.Cursor < stream.User.Head
            && stream.User.Sequence[stream.State.Cursor.Value].Record is var next
            && ((next.Stream == stream.Number && next is not ReportRecord)
                || stream.AccountedFor.Contains(stream.State.Cursor.Value + 1)))
            stream.State.MoveTo(stream.State.Cursor.Next(), Now);
    }
}
