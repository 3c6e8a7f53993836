using Google.Protobuf;
using Messaging.Client.Inbox;
using Messaging.V1;
using Microsoft.Data.Sqlite;

namespace Messaging.Client.Storage.Sqlite;

/// <summary>
/// Makes changes, each within the transaction that the writer has begun. Belongs to the writer; after a failure it is
/// of no more use.
/// </summary>
internal sealed class StoreTables : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly UserKeys _users;
    private readonly Conversations _conversations;
    private readonly MessageTable _messages;
    private readonly OutboxTable _outbox;
    private readonly Sql _hand;
    private readonly Sql _handled;
    private readonly Sql _position;
    private readonly string _user;
    private readonly long _self;
    private string? _epoch;
    private SignalOffset _at;
    private bool _hasMoved;

    public StoreTables(SqliteConnection connection, string user)
    {
        _connection = connection;
        _users = new UserKeys(connection);
        _conversations = new Conversations(connection);
        _messages = new MessageTable(connection);
        _outbox = new OutboxTable(connection);
        _hand = new Sql(connection, "INSERT INTO messaging_unhandled (number) VALUES (?1)");
        _handled = new Sql(connection, "DELETE FROM messaging_unhandled WHERE number <= ?1");
        _position = new Sql(connection, "UPDATE messaging_store SET position = ?1");
        _user = user;
        _self = _users.FindOrAdd(user);
        using var store = new Sql(connection, "SELECT epoch, era, position FROM messaging_store");
        using var row = store.Read();
        row.Read();
        _epoch = row.IsDBNull(0) ? null : row.GetString(0);
        Era = row.GetInt32(1);
        _at = new SignalOffset(row.GetInt32(2));
    }

    /// <summary>How many epochs came before the present one.</summary>
    public int Era { get; private set; }

    public void Make(StoreChange change)
    {
        switch (change)
        {
            case AddMessage add:
                Add(add);
                break;
            case AddSignal { Entry: var entry }:
                _outbox.Add(entry.Sequence, null, entry.Frame, entry.Era);
                Read(entry);
                break;
            case Withdraw withdraw:
                var withdrawn = _outbox.FindId(withdraw.Sequence);
                _outbox.Remove(withdraw.Sequence);
                if (withdrawn is not null)
                    Forget(withdrawn);
                break;
            case Accept accept:
                Take(accept);
                break;
            case Park park:
                Take(park);
                break;
            case Settle settle:
                _outbox.Remove(settle.Sequence);
                if (settle.ReadUpTo > 0 && FindConversation(settle.Peer) is var (peer, conversation))
                    Read(peer, conversation, settle.ReadUpTo);
                break;
            case DropParked drop:
                drop.WasParked = Unpark(drop.MessageId);
                break;
            case TakeMessage take:
                Take(take);
                break;
            case TakeReceipt take:
                MoveTo(take.Offset);
                if (take.Receipt is { } receipt)
                    Take(receipt);
                break;
            case BeginEpoch begin:
                Begin(begin.Epoch);
                break;
        }
    }

    /// <summary>The application has handled the messages up to this one.</summary>
    public void Handled(long number) => _handled.Run(number);

    /// <summary>The client stands there, where that is in the present epoch.</summary>
    public void MoveTo(StoredPosition position)
    {
        if (position.Epoch == _epoch)
            MoveTo(position.Offset);
    }

    /// <summary>The last of a transaction, before its commit.</summary>
    public void Save()
    {
        if (_hasMoved)
            _position.Run(_at.Value);
        _hasMoved = false;
        _conversations.Save();
    }

    public void Dispose()
    {
        _users.Dispose();
        _conversations.Dispose();
        _messages.Dispose();
        _outbox.Dispose();
        _hand.Dispose();
        _handled.Dispose();
        _position.Dispose();
    }

    private void MoveTo(SignalOffset offset)
    {
        if (offset <= _at)
            return;
        _at = offset;
        _hasMoved = true;
    }

    private void Add(AddMessage add)
    {
        var message = add.Message;
        Unpark(message.Id);
        if (add.Replaced is { } replaced)
            Unpark(replaced);
        // Where the id was accepted before, what is known of it stands, and this goes up as it is.
        if (_messages.Find(message.Id, _self) is { } known)
        {
            if (add.Plain is not null && _messages.ReadBody(known) is var (earlier, plain)
                && StoredMessages.IsRepeat(add, earlier, plain))
                add.Earlier = earlier;
            _outbox.Add(add.Sequence, message.Id, new Frame { Message = add.Earlier ?? message }, Era, add.Plain);
            return;
        }
        _outbox.Add(add.Sequence, message.Id, frame: null, Era);
        AddRow(message, _self, message.To.User, StoredPlace.NoEra, 0, MessageState.Pending, add.Plain);
    }

    private MessageRow AddRow(
        Message body, long author, string peer, int era, int userOffset, MessageState kept,
        ByteString? plain, string? unusable = null)
    {
        var key = _users.FindOrAdd(peer);
        var row = _messages.Add(body.Id, author, key, era, userOffset, kept, body.ToByteArray(), plain, unusable);
        var conversation = _conversations.FindOrAdd(key, peer);
        conversation.LastNumber = row.Place.Number;
        _conversations.Change(key, conversation);
        return row;
    }

    private void Take(Accept accept)
    {
        var id = _outbox.FindId(accept.Sequence);
        _outbox.Remove(accept.Sequence);
        if (id is null || _messages.Find(id, _self) is not { } row)
            return;
        _messages.Accept(row, accept.Acceptance);
        TakePlace(row, accept.Acceptance.UserOffset);
    }

    private void Take(Park park)
    {
        var id = _outbox.FindId(park.Sequence);
        _outbox.Park(park.Sequence, park.Refusal);
        if (id is not null && _messages.Find(id, _self) is { IsWaiting: true } row)
            _messages.Keep(row, MessageState.Refused, park.Refusal.ToString());
    }

    private void Take(TakeMessage take)
    {
        var message = take.Message;
        MoveTo(new SignalOffset(message.SignalOffset));
        var isOwn = message.From.User == _user;
        var author = isOwn ? _self : _users.FindOrAdd(message.From.User);
        if (_messages.Find(message.Id, author) is { } known)
        {
            if (isOwn)
                TakePlace(known, message.UserOffset);
            else if (known.Place.Era != Era)
                PlaceAgain(known, message);
        }
        else
        {
            var row = AddRow(take.Frame, author, message.Peer, Era, message.UserOffset,
                !isOwn ? MessageState.Received : message.Peer == _user ? MessageState.Read : MessageState.Sent,
                take.Plain, message.Unusable);
            if (take.IsHandedOut)
                _hand.Run(row.Place.Number);
            if (!isOwn)
                CountNew(row, message);
            if (take.Report is { } report)
            {
                _outbox.Add(report.Sequence, null, report.Frame, report.Era);
                take.IsReported = true;
            }
        }
        TakeFlags(take.Frame.SignalAckState, message, isOwn);
    }

    private void CountNew(MessageRow row, ReceivedMessage message)
    {
        var conversation = _conversations.FindOrAdd(row.Peer, message.Peer);
        if (message.UserOffset > conversation.ReadUpTo)
            conversation.Unread++;
        _conversations.Change(row.Peer, conversation);
    }

    // A message of another user, which an earlier epoch's ledger has given out already.
    private void PlaceAgain(MessageRow row, ReceivedMessage message)
    {
        _messages.Place(row, Era, message.UserOffset);
        if (row.Kept == MessageState.Read)
            return;
        var conversation = _conversations.FindOrAdd(row.Peer, message.Peer);
        conversation.UnreadOfEarlierEras--;
        if (message.UserOffset <= conversation.ReadUpTo)
            conversation.Unread--;
        _conversations.Change(row.Peer, conversation);
    }

    // Protocol §5: the flags are the receiver's, as they stood when the frame was sent.
    private void TakeFlags(SignalAckState? flags, ReceivedMessage message, bool isOwn)
    {
        if (flags is not ({ Received: true } or { Read: true }) || FindConversation(message.Peer) is not var (peer, c))
            return;
        if (!isOwn && flags.Read)
            Read(peer, c, message.UserOffset);
        else if (isOwn && c.MovePeer(message.UserOffset, flags.Read))
            _conversations.Change(peer, c);
    }

    // A message of this user has its place in the conversation.
    private void TakePlace(MessageRow row, int userOffset)
    {
        if (row.Place.Era != Era)
            _messages.Place(row, Era, userOffset);
        if (row.IsWaiting)
            _messages.Keep(row, row.Peer == _self ? MessageState.Read : MessageState.Sent);
    }

    private void Take(Receipt receipt)
    {
        if (FindConversation(receipt.Peer) is not var (peer, conversation))
            return;
        var isMine = receipt.Kind == ReceiptKind.ReadByMe;
        var named = _messages.Find(receipt.MessageId, isMine ? peer : _self);
        switch (receipt.Kind)
        {
            case ReceiptKind.Unusable:
                if (named is { } unusable)
                    _messages.SetError(unusable, receipt.Error);
                break;
            case ReceiptKind.ReadByMe:
                Read(peer, conversation, receipt.UserOffset);
                if (named is { } read && read.Place.Era < Era)
                    ReadEarlier(peer, conversation, read.Place);
                break;
            default:
                var isRead = receipt.Kind != ReceiptKind.Received;
                if (conversation.MovePeer(receipt.UserOffset, isRead))
                    _conversations.Change(peer, conversation);
                // The new ledger still has it: what came before it is there too.
                if (named is { } reached && reached.Place.Era < Era)
                {
                    _messages.ReachEarlier(
                        peer, _self, Era, reached.Place, isRead ? MessageState.Read : MessageState.Received);
                }
                break;
        }
    }

    // What the user reads here is read at once, whenever the server learns of it.
    private void Read(StoredEntry entry)
    {
        if (entry.ReadMark is not { } mark || FindConversation(mark.Peer) is not var (peer, conversation))
            return;
        if (mark.UserOffset > 0 && entry.Era == Era)
            Read(peer, conversation, Math.Min(mark.UserOffset, _messages.Head(peer, Era)));
        else if (mark.Id is not null && _messages.Find(mark.Id, peer) is { } last)
        {
            if (last.Place.Era == Era)
                Read(peer, conversation, last.Place.UserOffset);
            else
                ReadEarlier(peer, conversation, last.Place);
        }
    }

    private void Read(long peer, ConversationState conversation, int upTo)
    {
        if (upTo <= conversation.ReadUpTo)
            return;
        conversation.Unread -= _messages.CountUnread(peer, Era, conversation.ReadUpTo, upTo);
        conversation.ReadUpTo = upTo;
        // Where nothing of the present epoch is covered, it is not known which of the earlier ones are.
        if (conversation.UnreadOfEarlierEras > 0 && _messages.HasPlaceUpTo(peer, Era, upTo))
            ReadEarlier(peer, conversation, new StoredPlace(Era, 0, 0));
        _conversations.Change(peer, conversation);
    }

    private void ReadEarlier(long peer, ConversationState conversation, StoredPlace last)
    {
        var read = _messages.ReadEarlier(peer, Era, last);
        conversation.Unread -= read;
        conversation.UnreadOfEarlierEras -= read;
        _conversations.Change(peer, conversation);
    }

    private bool Unpark(string messageId)
    {
        if (!_outbox.Unpark(messageId))
            return false;
        Forget(messageId);
        return true;
    }

    // A message that nobody has but this device, and that is not to be sent.
    private void Forget(string messageId)
    {
        if (_messages.Find(messageId, _self) is not { IsWaiting: true } row)
            return;
        _messages.Remove(row);
        using var name = new Sql(_connection, "SELECT name FROM messaging_user WHERE user = ?1");
        using var found = name.Read(row.Peer);
        found.Read();
        var conversation = _conversations.FindOrAdd(row.Peer, found.GetString(0));
        conversation.LastNumber = _messages.LastNumber(row.Peer);
        _conversations.Change(row.Peer, conversation);
    }

    private void Begin(string epoch)
    {
        if (epoch == _epoch)
            return;
        if (_epoch is not null)
        {
            _conversations.Save();
            _conversations.Forget();
            Sql.Run(_connection,
                """
                UPDATE messaging_message AS m SET state = CASE
                    WHEN m.author <> ?1 THEN 3
                    WHEN m.user_offset <= c.peer_read THEN 3
                    ELSE max(m.state, 2) END
                FROM messaging_conversation AS c
                WHERE c.peer = m.peer AND m.era = ?2 AND m.state < 3
                    AND CASE WHEN m.author <> ?1 THEN m.user_offset <= c.read_up_to
                        ELSE m.user_offset <= max(c.peer_received, c.peer_read) END
                """, _self, Era);
            Sql.Run(_connection,
                """
                UPDATE messaging_conversation
                SET read_up_to = 0, peer_received = 0, peer_read = 0, unread_earlier = unread
                """);
            Era++;
        }
        _epoch = epoch;
        _at = SignalOffset.None;
        _hasMoved = false;
        Sql.Run(_connection, "UPDATE messaging_store SET epoch = ?1, era = ?2, position = 0", epoch, Era);
    }

    private (long Peer, ConversationState Conversation)? FindConversation(string name) =>
        _users.Find(name) is { } peer && _conversations.Find(peer, name) is { } conversation
            ? (peer, conversation)
            : null;
}
