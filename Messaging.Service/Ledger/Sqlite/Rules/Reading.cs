using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Service.Ledger.Sqlite.Rules;

/// <summary>Moves a <c>read</c> watermark (protocol §6). Writer's thread only.</summary>
internal sealed class Reading(Recorder recorder)
{
    public Settlement Take(MarkRead submission, DeviceState reader)
    {
        var user = reader.User;
        var peer = recorder.Active.FindUser(submission.Peer);
        var conversation = peer is null ? null : recorder.Active.FindConversation(user.Key, peer.Key);

        MessageRecord? named = null;
        if (submission.MessageId.Length > 0)
        {
            named = peer is null ? null : recorder.Journal.FindMessage(peer.Key, submission.MessageId);
            if (named is null || named.Conversation != conversation?.Key)
                return Settlement.NotFound;
        }

        var upTo = submission.UpTo > UserOffset.None ? submission.UpTo : named?.UserOffset ?? UserOffset.None;
        if (upTo > (conversation?.Head ?? UserOffset.None))
            return Settlement.OutOfRange;
        if (conversation is null)
            return Settlement.Recorded;

        Record(submission, reader, conversation, upTo);
        return Settlement.Recorded;
    }

    private void Record(MarkRead submission, DeviceState reader, ConversationState conversation, UserOffset upTo)
    {
        var user = reader.User;
        var member = conversation.MemberOf(user.Key);
        var newly = new List<CoveredMessage>();
        foreach (var other in conversation.Members)
        {
            if (other.User != user.Key
                && recorder.LookUps.LastOf(conversation, other.User, upTo) is { } last
                && last.UserOffset > member.Read)
                newly.Add(last);
        }

        submission.Watermark = member.Read;
        if (newly.Count == 0)
            return; // a lower offset, or nothing that others sent: nothing moves

        // The reader's own entry tells their other devices; it names what the reader named, else the last it covers.
        var about = submission.MessageId.Length > 0 ? submission.MessageId : newly.MaxBy(last => last.UserOffset).Id;
        var own = recorder.NextEntry(user.Key, about);
        var header = recorder.NextOwnHeader(
            reader, own.Offset, [own, .. newly.Select(last => recorder.NextEntry(last.Author, last.Id))]);
        recorder.Record(new ReceiptRecord(header)
        {
            Kind = ReceiptKind.Read,
            Conversation = conversation.Key,
            UpTo = upTo,
        });

        submission.Watermark = upTo;
        submission.SignalOffset = own.Offset;
    }
}
