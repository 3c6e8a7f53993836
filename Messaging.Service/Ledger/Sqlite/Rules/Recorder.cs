using System.Collections.Immutable;
using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Service.Ledger.Sqlite.Rules;

/// <summary>
/// What every rule works with: the state, the journal that a record goes to before the state takes it in, and the
/// time of the batch. Writer's thread only.
/// </summary>
internal sealed class Recorder(LedgerState state, Journal journal, LookUps lookUps, IMessagingPolicy policy, TimeProvider time)
{
    private long _now;

    public ActiveStates Active => state.Active;

    public Journal Journal => journal;

    public LookUps LookUps => lookUps;

    /// <summary>The time of the batch, epoch milliseconds.</summary>
    public long Now => _now;

    /// <summary>A batch begins: one time for all that is recorded in it.</summary>
    public void BeginBatch() => _now = time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The header of the next record.</summary>
    public RecordHeader NextHeader(
        DeviceState author, ImmutableArray<SequenceEntry>? entries = null, SignalOffset cursor = default, SignalOffset settledTo = default) =>
        new()
        {
            Sequence = state.LastSequence + 1,
            RecordedAt = _now,
            Author = author.Party,
            User = author.User.Key,
            Device = author.Key,
            Stream = author.Stream,
            Entries = entries ?? [],
            Cursor = cursor,
            SettledTo = settledTo,
        };

    /// <summary>The header of a record about the author's account, which comes on no stream (protocol §11).</summary>
    /// <param name="user">Whose account.</param>
    /// <param name="device">On which of their devices it was asked for, if it is one.</param>
    public RecordHeader NextAccountHeader(UserState user, DeviceState? device) => new()
    {
        Sequence = state.LastSequence + 1,
        RecordedAt = _now,
        Author = device?.Party ?? new Party(user.Name, ""),
        User = user.Key,
        Device = device?.Key ?? default,
        Stream = default,
    };

    /// <summary>Whether the policy lets one user write to another, as blocks stand at this place in the order.</summary>
    public bool MayWrite(UserState from, string to, UserState? recipient) =>
        from == recipient
        || policy.MayWrite(new Contact(from.Name, to, recipient is not null && recipient.HasBlocked(from.Name)));

    /// <summary>
    /// The next entry in a user's sequence, about a message. A sequence that is full gets none: the watermark moves all
    /// the same (protocol §10).
    /// </summary>
    public SequenceEntry NextEntry(UserKey user, string about)
    {
        var target = Active.GetUser(user);
        var offset = target.Head == SignalOffset.Last ? SignalOffset.None : target.Head.Next();
        return new SequenceEntry(user, target.Name, offset, about);
    }

    /// <summary>The message that a peer gave an id to in a conversation, if there is one.</summary>
    public MessageRecord? FindMessage(UserState? peer, ConversationState? conversation, string id)
    {
        if (peer is null || conversation is null)
            return null;
        var message = journal.FindMessage(peer.Key, id);
        return message?.Conversation == conversation.Key ? message : null;
    }

    /// <summary>Whether a user has already said this of a message.</summary>
    public bool HasRemark(MessageRecord message, UserState user, JournalKind kind) =>
        state.HasRecentRemark(new Remark(message.Sequence, user.Key, kind)) || lookUps.HasRemark(message, user, kind);

    /// <summary>Writes a record into the journal and takes it in.</summary>
    /// <returns>No, with nothing changed, where it is a message whose id its author has used before.</returns>
    public bool Record(JournalRecord record)
    {
        if (!journal.Append(record))
            return false;
        state.Apply(record);
        return true;
    }

    /// <summary>
    /// The header of a record that takes an entry of its author's own, whose answer is its delivery: where it is next
    /// in line, the cursor moves over it (protocol §4).
    /// </summary>
    public RecordHeader NextOwnHeader(DeviceState author, SignalOffset own, ImmutableArray<SequenceEntry> entries) => NextHeader(
        author,
        entries,
        cursor: IsNext(author.Cursor, own) ? own : SignalOffset.None,
        settledTo: IsNext(author.User.Settled, own) ? own : SignalOffset.None);

    /// <summary>
    /// The header of a record that a device writes in another user's name (protocol §4): that user's devices get it like
    /// something of another device of theirs. It has no stream: to none was its answer the delivery.
    /// </summary>
    public RecordHeader NextHeaderAs(
        UserState user, DeviceState device, SignalOffset own, ImmutableArray<SequenceEntry> entries) =>
        NextHeader(device, entries, settledTo: IsNext(user.Settled, own) ? own : SignalOffset.None) with
        {
            Author = new Party(user.Name, device.Party.Device),
            User = user.Key,
            Stream = default,
        };

    /// <summary>Writes a record that takes an entry of its author's own, whose answer is its delivery.</summary>
    /// <returns>As <see cref="Record"/>.</returns>
    public bool RecordOwn(JournalRecord record, DeviceState author, SignalOffset own)
    {
        if (!Record(record))
            return false;
        if (own > author.Cursor)
            Tell(author, own, own);
        return true;
    }

    /// <inheritdoc cref="LedgerState.Tell"/>
    public void Tell(DeviceState device, SignalOffset first, SignalOffset last) => state.Tell(device, first, last);

    private static bool IsNext(SignalOffset reached, SignalOffset offset) => offset.Value == reached.Value + 1L;
}
