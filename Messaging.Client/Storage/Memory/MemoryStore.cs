using Messaging.V1;

namespace Messaging.Client.Storage.Memory;

/// <summary>Keeps everything for as long as the object lives; bounded, but for what waits in the outbox.</summary>
internal sealed class MemoryStore(int maxMessages) : MessagingStore
{
    private readonly Lock _gate = new();
    private readonly MemoryHistory _history = new(maxMessages);
    private readonly SortedDictionary<long, StoredEntry> _entries = [];
    private readonly SortedDictionary<long, StoredEntry> _parked = [];
    private (string User, string Device)? _owner;
    private StoredPosition? _position;
    private bool _isAttached;

    public override bool IsDurable => false;

    private string User => _owner!.Value.User;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal override void Attach(string user, string device)
    {
        lock (_gate)
        {
            StoreOwner.Require(_owner, user, device, _isAttached, "The store");
            _owner = (user, device);
            _isAttached = true;
        }
    }

    internal override void Detach()
    {
        lock (_gate)
            _isAttached = false;
    }

    internal override Task<StoredState> LoadAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var last = Math.Max(_entries.Keys.LastOrDefault(), _parked.Keys.LastOrDefault());
            var peers = _entries.Values.Select(e => e.Frame.Message?.To.User).Distinct();
            return Task.FromResult(new StoredState(_position, _history.Era, last, [.. _entries.Values],
                [.. peers.Select(p => p is null ? null : _history.Find(p)).OfType<MemoryConversation>()
                    .Select(c => new StoredWatermarks(c.State.Peer, c.State.PeerReceived, c.State.PeerRead))]));
        }
    }

    internal override void Write(StoreChange change, Action<StoreFailedException?>? done = null)
    {
        lock (_gate)
        {
            Make(change);
            _history.Trim(m => m.IsOwn ? User : m.Conversation.State.Peer);
        }
        done?.Invoke(null);
    }

    internal override void SavePosition(StoredPosition position)
    {
        lock (_gate)
        {
            if (position.Epoch == _position?.Epoch)
                _position = position;
        }
    }

    internal override Task FlushAsync() => Task.CompletedTask;

    internal override Task<IReadOnlyList<StoredMessage>> ReadMessagesAsync(
        string peer, StoredPlace? before, int limit, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var found = (_history.Find(peer)?.Messages.Reverse() ?? [])
                .SkipWhile(m => before is { } place && m.Place.CompareTo(place) >= 0)
                .Take(limit).Select(Read).Reverse();
            return Task.FromResult<IReadOnlyList<StoredMessage>>([.. found]);
        }
    }

    internal override Task<IReadOnlyList<Conversation>> ReadConversationsAsync(
        long? before, int limit, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var found = _history.Conversations.Where(c => c.Messages.Count > 0).Select(c => (c.State, Last: c.Last!))
                .Where(c => before is null || c.Last.Place.Number < before)
                .OrderByDescending(c => c.Last.Place.Number).Take(limit)
                .Select(c => new Conversation
                {
                    Peer = c.State.Peer,
                    Unread = c.State.Unread,
                    ReadUpTo = c.State.ReadUpTo,
                    LastMessage = Read(c.Last),
                    LastNumber = c.Last.Place.Number,
                });
            return Task.FromResult<IReadOnlyList<Conversation>>([.. found]);
        }
    }

    internal override Task<SentMessage?> FindSentAsync(string id, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_history.Find(User, id) is { } message
                ? new SentMessage(Read(message), message.Acceptance, FindParked(id)?.Refusal,
                    message.Place.Era == _history.Era)
                : null);
        }
    }

    internal override Task<StoredMessage?> FindLastOfOthersAsync(
        string peer, int? upTo, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var last = _history.Find(peer)?.Messages.Reverse().FirstOrDefault(m => !m.IsOwn
                && (upTo is null || (m.Place.Era == _history.Era && m.Place.UserOffset <= upTo)));
            return Task.FromResult(last is null ? null : Read(last));
        }
    }

    internal override Task<IReadOnlyList<StoredEntry>> ReadParkedAsync(int limit, CancellationToken cancellationToken)
    {
        lock (_gate)
            return Task.FromResult<IReadOnlyList<StoredEntry>>([.. _parked.Values.Take(limit)]);
    }

    internal override Task<StoredEntry?> FindParkedAsync(string messageId, CancellationToken cancellationToken)
    {
        lock (_gate)
            return Task.FromResult(FindParked(messageId));
    }

    private void Make(StoreChange change)
    {
        switch (change)
        {
            case AddMessage add:
                Add(add);
                break;
            case AddSignal add:
                _entries.Add(add.Entry.Sequence, add.Entry);
                Read(add.Entry);
                break;
            case Withdraw withdraw:
                TakeEntry(withdraw.Sequence, forget: true);
                break;
            case Accept accept:
                Take(accept);
                break;
            case Park park:
                Take(park);
                break;
            case Settle settle:
                _entries.Remove(settle.Sequence);
                _history.Find(settle.Peer)?.Read(settle.ReadUpTo, _history.Era);
                break;
            case DropParked drop:
                drop.WasParked = Unpark(drop.MessageId, forget: true);
                break;
            case TakeMessage take:
                Take(take);
                break;
            case TakeReceipt { Receipt: { } receipt }:
                Take(receipt);
                break;
            case BeginEpoch begin when begin.Epoch != _position?.Epoch:
                if (_position is not null)
                    _history.BeginEra();
                _position = new StoredPosition(begin.Epoch, default);
                break;
        }
    }

    private void Add(AddMessage add)
    {
        Unpark(add.Message.Id, forget: true);
        if (add.Replaced is { } replaced)
            Unpark(replaced, forget: true);
        // Where the id was accepted before, what is known of it stands.
        var known = _history.Find(User, add.Message.Id);
        if (known is null)
            _history.Add(User, add.Message.To.User, add.Message, isOwn: true, userOffset: null, add.Plain);
        else if (StoredMessages.IsRepeat(add, known.Body, known.Plain))
            add.Earlier = known.Body;
        var frame = new Frame { Message = add.Earlier ?? add.Message };
        _entries.Add(add.Sequence, new StoredEntry(add.Sequence, frame) { Plain = add.Plain });
    }

    private void Take(Accept accept)
    {
        if (TakeEntry(accept.Sequence, forget: false) is not { } entry
            || _history.Find(User, entry.Frame.Message.Id) is not { } message)
            return;
        message.Acceptance ??= accept.Acceptance;
        TakePlace(message, accept.Acceptance.UserOffset);
    }

    private void Take(Park park)
    {
        if (TakeEntry(park.Sequence, forget: false) is not { } entry)
            return;
        _parked.Add(park.Sequence, entry with { Refusal = park.Refusal });
        if (_history.Find(User, entry.Frame.Message.Id) is { IsWaiting: true } message)
        {
            message.Kept = MessageState.Refused;
            message.Error = park.Refusal.ToString();
        }
        if (_parked.Count > maxMessages)
            Unpark(_parked.First().Value.Frame.Message.Id, forget: true);
    }

    private void Take(TakeMessage take)
    {
        var (frame, message) = (take.Frame, take.Message);
        var isOwn = message.From.User == User;
        var known = _history.Find(message.From.User, message.Id);
        if (known is null)
        {
            known = _history.Add(
                message.From.User, message.Peer, frame, isOwn, message.UserOffset, take.Plain, message.Unusable);
            if (take.Report is { } report)
            {
                _entries.Add(report.Sequence, report);
                take.IsReported = true;
            }
        }
        else if (!isOwn && known.Place.Era != _history.Era)
            _history.Place(known, message.UserOffset);
        if (isOwn)
            TakePlace(known, message.UserOffset);
        // Protocol §5: the flags are the receiver's, as they stood when the frame was sent.
        var flags = frame.SignalAckState;
        if (isOwn && (flags?.Received is true || flags?.Read is true))
            known.Conversation.State.MovePeer(message.UserOffset, flags.Read);
        else if (!isOwn && flags?.Read is true)
            known.Conversation.Read(message.UserOffset, _history.Era);
    }

    private void TakePlace(MemoryMessage message, int userOffset)
    {
        if (message.Place.Era != _history.Era)
            _history.Place(message, userOffset);
        if (message.Kept is not (MessageState.Pending or MessageState.Refused))
            return;
        message.Kept = message.Conversation.State.Peer == User ? MessageState.Read : MessageState.Sent;
        message.Error = null;
    }

    private void Take(Receipt receipt)
    {
        if (_history.Find(receipt.Peer) is not { } conversation)
            return;
        var author = receipt.Kind == ReceiptKind.ReadByMe ? receipt.Peer : User;
        var named = _history.Find(author, receipt.MessageId);
        var isEarlier = named is not null && named.Place.Era < _history.Era;
        switch (receipt.Kind)
        {
            case ReceiptKind.Unusable:
                if (named is not null)
                    named.Error = receipt.Error;
                break;
            case ReceiptKind.ReadByMe:
                conversation.Read(receipt.UserOffset, _history.Era);
                if (isEarlier)
                    conversation.ReadEarlier(named!);
                break;
            default:
                conversation.State.MovePeer(receipt.UserOffset, receipt.Kind != ReceiptKind.Received);
                if (isEarlier)
                {
                    conversation.MovePeerEarlier(named!, receipt.Kind == ReceiptKind.Received
                        ? MessageState.Received
                        : MessageState.Read);
                }
                break;
        }
    }

    // What the user reads here is read at once, whenever the server learns of it.
    private void Read(StoredEntry entry)
    {
        if (entry.ReadMark is not { } mark || _history.Find(mark.Peer) is not { } conversation)
            return;
        if (mark.UserOffset > 0 && entry.Era == _history.Era)
        {
            var head = conversation.Messages.LastOrDefault(m => m.Place.Era == _history.Era)?.Place.UserOffset ?? 0;
            conversation.Read(Math.Min(mark.UserOffset, head), _history.Era);
        }
        else if (mark.Id is not null && _history.Find(mark.Peer, mark.Id) is { } last)
        {
            if (last.Place.Era == _history.Era)
                conversation.Read(last.Place.UserOffset, _history.Era);
            else
                conversation.ReadEarlier(last);
        }
    }

    private StoredEntry? TakeEntry(long sequence, bool forget)
    {
        if (!_entries.Remove(sequence, out var entry))
            return null;
        if (forget && entry.Frame.Message is { } message)
            Forget(message.Id);
        return entry;
    }

    private bool Unpark(string messageId, bool forget)
    {
        if (FindParked(messageId) is not { } parked)
            return false;
        _parked.Remove(parked.Sequence);
        if (forget)
            Forget(messageId);
        return true;
    }

    private void Forget(string messageId)
    {
        if (_history.Find(User, messageId) is { IsWaiting: true } message)
            _history.Remove(User, message);
    }

    private StoredEntry? FindParked(string messageId) =>
        _parked.Values.FirstOrDefault(e => e.Frame.Message.Id == messageId);

    private StoredMessage Read(MemoryMessage message) => StoredMessages.Read(
        message.Body, User, _owner!.Value.Device, message.IsOwn,
        message.Conversation.State.StateOf(message.Kept, message.IsOwn, message.Place, _history.Era),
        message.Place, message.Error, message.Plain, message.Unusable);
}
