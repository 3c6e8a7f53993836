namespace Messaging.Service.Ledger.Sqlite.State;

/// <summary>
/// Where everything stands: the active states, and the tail of the journal that is not folded yet. It changes only by
/// records, the same way in work and in replay. Writer's thread only.
/// </summary>
internal sealed class LedgerState(ActiveStates active)
{
    private readonly List<StagedState> _touched = [];
    private readonly List<JournalRecord> _batch = [];
    private readonly Queue<JournalRecord> _tail = new();
    private readonly HashSet<Remark> _remarks = [];
    private long _published;

    public ActiveStates Active { get; } = active;

    /// <summary>The last row of the journal, that of the batch under way included.</summary>
    public long LastSequence { get; private set; }

    /// <summary>The rows that are on disk and not folded yet, oldest first.</summary>
    public IReadOnlyCollection<JournalRecord> Tail => _tail;

    /// <summary>The bytes of bodies in it.</summary>
    public long TailBytes { get; private set; }

    /// <summary>Begins behind a row: at start, the last one that is folded.</summary>
    public void StartBehind(long sequence) => LastSequence = _published = sequence;

    /// <summary>Takes in what a record says; others see it once it is published.</summary>
    public void Apply(JournalRecord record)
    {
        var header = record.Header;
        for (var place = 0; place < header.Entries.Length; place++)
        {
            var entry = header.Entries[place];
            if (entry.Offset == SignalOffset.None)
                continue;
            var user = Active.GetUser(entry.User);
            user.Head = entry.Offset;
            user.Recent.Append(entry.Offset.Value, new RecentEntry(record, place));
            Touch(user, record);
        }

        var author = Active.GetUser(header.User);
        if (header.SettledTo > SignalOffset.None)
        {
            author.Settled = header.SettledTo;
            author.FurthestCursor = Later(author.FurthestCursor, header.SettledTo);
            Touch(author, record);
        }

        if (header.Cursor > SignalOffset.None)
        {
            var device = DeviceOf(author, header.Author.Device);
            device.Cursor = header.Cursor;
            device.Seen(header.RecordedAt);
            Touch(device, record);
            if (header.Cursor > author.FurthestCursor)
            {
                author.FurthestCursor = header.Cursor;
                Touch(author, record);
            }
        }

        switch (record)
        {
            case MessageRecord message:
                var conversation = Active.GetConversation(message.Conversation);
                conversation.Head = message.UserOffset;
                conversation.Recent.Append(message.UserOffset.Value, message);
                Touch(conversation, record);
                break;
            case ReceiptRecord { Kind: ReceiptKind.Played }:
                break; // it moves no watermark: a record of its own does
            case ReceiptRecord receipt:
                var timeline = Active.GetConversation(receipt.Conversation);
                var member = timeline.MemberOf(header.User);
                member.Received = Later(member.Received, receipt.UpTo);
                if (receipt.Kind == ReceiptKind.Read)
                    member.Read = receipt.UpTo;
                Touch(timeline, record);
                break;
            case StreamRecord:
                var opened = DeviceOf(author, header.Author.Device);
                opened.Open(header.Stream);
                opened.Seen(header.RecordedAt);
                Touch(opened, record);
                break;
            case BlockRecord block:
                author.Blocked = block.IsLifted ? author.Blocked.Remove(block.Blocked) : author.Blocked.Add(block.Blocked);
                Touch(author, record);
                break;
            case DeviceRecord change:
                Apply(change, author);
                break;
        }

        if (Remark.Of(record) is { } remark)
            _remarks.Add(remark);
        LastSequence = header.Sequence;
        _batch.Add(record);
    }

    /// <summary>
    /// A device is told of offsets, past its cursor, otherwise than by entries: the cursor passes them when it is there.
    /// </summary>
    public void Tell(DeviceState device, SignalOffset first, SignalOffset last)
    {
        device.Told.Add(first, last);
        Touch(device);
    }

    /// <summary>Whether a record that is not folded yet says this.</summary>
    public bool HasRecentRemark(Remark remark) => _remarks.Contains(remark);

    /// <summary>The batch is on disk: others may see it. What it changed is added to <paramref name="changed"/>.</summary>
    public void Publish(List<StagedState> changed)
    {
        foreach (var record in _batch)
        {
            _tail.Enqueue(record);
            TailBytes += BytesOf(record);
        }

        foreach (var state in _touched)
        {
            state.Publish();
            state.IsTouched = false;
            if (state is DeviceState { IsRevoked: true } device)
                Active.Removed(device);
        }

        changed.AddRange(_touched);
        Active.KeepAdded();
        _published = LastSequence;
        _batch.Clear();
        _touched.Clear();
    }

    /// <summary>The batch failed: everything stands as before it.</summary>
    public void Revert()
    {
        foreach (var state in _touched)
        {
            state.Revert();
            state.IsTouched = false;
        }

        foreach (var record in _batch)
            ForgetRemark(record);
        Active.ForgetAdded();
        LastSequence = _published;
        _batch.Clear();
        _touched.Clear();
    }

    /// <summary>The oldest rows of the tail are folded: look-ups find them in the tables from now on.</summary>
    public void RemoveFolded(long through)
    {
        while (_tail.TryPeek(out var record) && record.Sequence <= through)
        {
            _tail.Dequeue();
            TailBytes -= BytesOf(record);
            ForgetRemark(record);
            foreach (var entry in record.Entries)
            {
                if (entry.Offset > SignalOffset.None)
                    Active.GetUser(entry.User).Recent.RemoveThrough(entry.Offset.Value);
            }

            if (record is MessageRecord message)
                Active.GetConversation(message.Conversation).Recent.RemoveThrough(message.UserOffset.Value);
        }
    }

    private static long BytesOf(JournalRecord record) => record is MessageRecord message ? message.Body.Length : 0;

    private static SignalOffset Later(SignalOffset one, SignalOffset other) => one > other ? one : other;

    private static UserOffset Later(UserOffset one, UserOffset other) => one > other ? one : other;

    private void Apply(DeviceRecord record, UserState author)
    {
        var device = DeviceOf(author, record.TargetName);
        Touch(device, record);
        if (record is LabelRecord { Label: var label })
        {
            device.Label = label;
            return;
        }

        // As the table will say it: its cursor counts no longer, what any device has acknowledged does.
        device.Revoke(record.Sequence);
        var furthest = author.Settled;
        foreach (var other in Active.DevicesInUse(author))
            furthest = Later(furthest, other.Cursor);
        author.FurthestCursor = furthest;
        Touch(author, record);
    }

    private DeviceState DeviceOf(UserState user, string name) =>
        Active.FindDevice(user, name)
        ?? throw new LedgerUnusableException($"The ledger is damaged: a device of user {user.Key.Value} is missing.");

    private void ForgetRemark(JournalRecord record)
    {
        if (Remark.Of(record) is { } remark)
            _remarks.Remove(remark);
    }

    private void Touch(StagedState state, JournalRecord record)
    {
        state.LastSequence = record.Sequence;
        Touch(state);
    }

    private void Touch(StagedState state)
    {
        if (state.IsTouched)
            return;
        state.IsTouched = true;
        _touched.Add(state);
    }
}
