using System.Collections.Immutable;
using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Service.Ledger.Sqlite.Rules;

/// <summary>
/// Moves a <c>read</c> watermark, and tells of a message that was played (protocol §6). Writer's thread only.
/// </summary>
internal sealed class Reading(Recorder recorder, Acknowledging acknowledging)
{
    public Settlement Take(MarkRead submission, DeviceState reader)
    {
        var user = reader.User;
        var peer = recorder.Active.FindUser(submission.Peer);
        var conversation = peer is null ? null : recorder.Active.FindConversation(user.Key, peer.Key);

        MessageRecord? named = null;
        if (submission.MessageId.Length > 0)
        {
            named = recorder.FindMessage(peer, conversation, submission.MessageId);
            if (named is null)
                return Settlement.NotFound;
        }

        var upTo = submission.UpTo > UserOffset.None ? submission.UpTo : named?.UserOffset ?? UserOffset.None;
        if (upTo > (conversation?.Head ?? UserOffset.None))
            return Settlement.OutOfRange;

        // Both or neither; the read has been checked first (protocol §8).
        if (submission.Acknowledge > user.Head)
            return Settlement.OutOfRange;
        if (submission.Acknowledge > SignalOffset.None)
            submission.IsPastCursor = acknowledging.Note(reader, submission.Acknowledge);

        if (conversation is null || peer == user)
            return Settlement.Recorded; // in notes to oneself a read moves nothing (protocol §4)

        Record(submission, reader, conversation, upTo, named);
        return Settlement.Recorded;
    }

    private void Record(
        MarkRead submission, DeviceState reader, ConversationState conversation, UserOffset upTo, MessageRecord? named)
    {
        var member = conversation.MemberOf(reader.User.Key);
        var newly = NewlyCovered(conversation, member, upTo);
        var isPlayed = submission.IsPlayed && !recorder.HasRemark(named!, reader.User, JournalKind.Played);
        if (newly.Count > 0 || isPlayed)
        {
            // The reader's own entry tells their other devices; it names what the reader named, else the last covered.
            var about = named?.Id ?? newly.MaxBy(last => last.UserOffset).Id;
            var own = recorder.NextEntry(reader.User.Key, about);
            if (isPlayed)
                RecordPlayed(reader, conversation, upTo, newly, own, named!);
            else
                RecordRead(reader, conversation, upTo, [own, .. EntriesFor(newly)], own);
            submission.SignalOffset = own.Offset;
        }

        submission.Watermark = member.Read;
    }

    /// <summary>The last message of every other member that the watermark would newly cover.</summary>
    private List<CoveredMessage> NewlyCovered(ConversationState conversation, MemberState member, UserOffset upTo)
    {
        var newly = new List<CoveredMessage>();
        foreach (var other in conversation.Members)
        {
            if (other.User != member.User
                && recorder.LookUps.LastOf(conversation, other.User, upTo) is { } last
                && last.UserOffset > member.Read)
                newly.Add(last);
        }

        return newly;
    }

    private void RecordRead(
        DeviceState reader, ConversationState conversation, UserOffset upTo, ImmutableArray<SequenceEntry> entries, SequenceEntry own)
    {
        var header = recorder.NextOwnHeader(reader, own.Offset, entries);
        var read = new ReceiptRecord(header)
        {
            Kind = ReceiptKind.Read,
            Conversation = conversation.Key,
            UpTo = upTo,
        };
        recorder.RecordOwn(read, reader, own.Offset);
    }

    /// <summary>
    /// Tells the sender that it was played, and every other member whose messages are newly covered that they were
    /// read. The signal that says played says read as well, so its receiver gets no second entry.
    /// </summary>
    private void RecordPlayed(
        DeviceState reader, ConversationState conversation, UserOffset upTo, List<CoveredMessage> newly,
        SequenceEntry own, MessageRecord named)
    {
        var sender = named.Header.User;
        var header = recorder.NextOwnHeader(reader, own.Offset, [own, recorder.NextEntry(sender, named.Id)]);
        var played = new ReceiptRecord(header)
        {
            Kind = ReceiptKind.Played,
            Conversation = conversation.Key,
            UpTo = upTo,
            Subject = named.Sequence,
        };
        recorder.RecordOwn(played, reader, own.Offset);

        if (newly.Count > 0)
        {
            newly.RemoveAll(last => last.Author == sender);
            RecordRead(reader, conversation, upTo, [.. EntriesFor(newly)], own: default);
        }
    }

    private IEnumerable<SequenceEntry> EntriesFor(List<CoveredMessage> newly) =>
        newly.Select(last => recorder.NextEntry(last.Author, last.Id));
}
