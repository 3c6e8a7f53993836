using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Service.Ledger.Sqlite.Rules;

/// <summary>
/// Accepts a message (protocol §4): one row gives it its place in the conversation and an entry in the sequence of
/// every member, the sender included. Writer's thread only.
/// </summary>
internal sealed class Sending(Recorder recorder)
{
    public Settlement Take(SendMessage submission, DeviceState sender)
    {
        var user = sender.User;
        var recipient = submission.Recipient == user.Name
            ? user
            : recorder.Active.GetOrAddUser(submission.Recipient);
        var conversation = recorder.Active.GetOrAddConversation(user.Key, recipient.Key);

        // A full sequence or timeline refuses before anything is stored, but never a repeat (protocol §10, §4).
        if (user.Head == SignalOffset.Last || recipient.Head == SignalOffset.Last || conversation.Head == UserOffset.Last)
        {
            var stored = recorder.Journal.FindMessage(user.Key, submission.Id);
            return stored is null ? Settlement.OutOfRange : Repeat(submission, stored);
        }

        var own = new SequenceEntry(user.Key, user.Name, user.Head.Next(), About: "");
        SequenceEntry[] entries = recipient == user
            ? [own]
            : [own, new SequenceEntry(recipient.Key, recipient.Name, recipient.Head.Next(), About: "")];
        var message = new MessageRecord(recorder.NextOwnHeader(sender, own.Offset, entries))
        {
            Id = submission.Id,
            Conversation = conversation.Key,
            UserOffset = conversation.Head.Next(),
            Body = submission.Body,
            Digest = submission.Digest,
        };
        if (!recorder.Record(message))
            return Repeat(submission, recorder.Journal.FindMessage(user.Key, submission.Id)!);

        Fill(submission, message);
        return Settlement.Recorded;
    }

    /// <summary>The same message again is answered with the original offsets, however late (protocol §4).</summary>
    private static Settlement Repeat(SendMessage submission, MessageRecord stored)
    {
        if (stored.Digest != submission.Digest)
            return Settlement.IdTaken;

        Fill(submission, stored);
        return Settlement.Repeated;
    }

    private static void Fill(SendMessage submission, MessageRecord message)
    {
        submission.SignalOffset = message.Entries[0].Offset; // the sender's own comes first
        submission.UserOffset = message.UserOffset;
        submission.RecordedAt = message.RecordedAt;
    }
}
