using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Service.Ledger.Sqlite.Rules;

/// <summary>
/// Tells the sender of a message that a user has it but cannot use it, once per message and user (protocol §6,
/// <c>ERROR</c> going up). Writer's thread only.
/// </summary>
internal sealed class Reporting(Recorder recorder)
{
    public Settlement Take(ReportError submission, DeviceState reporter)
    {
        var user = reporter.User;
        var peer = recorder.Active.FindUser(submission.Peer);
        var conversation = peer is null ? null : recorder.Active.FindConversation(user.Key, peer.Key);
        var message = recorder.FindMessage(peer, conversation, submission.MessageId);
        if (message is null)
            return Settlement.NotFound;

        // Said before: it takes no second entry.
        if (recorder.HasRemark(message, user, JournalKind.Report))
            return Settlement.Recorded;

        // Its text is the reporter's own: who may not write says nothing this way either (protocol §11).
        if (!recorder.MayWrite(user, submission.Peer, peer))
            return Settlement.NotPermitted;

        // Unlike a receipt it moves no watermark: answered true and not told, it would be lost (protocol §10).
        var entry = recorder.NextEntry(message.Header.User, message.Id);
        if (entry.Offset == SignalOffset.None)
            return Settlement.OutOfRange;

        recorder.Record(new ReportRecord(recorder.NextHeader(reporter, [entry]))
        {
            Conversation = message.Conversation,
            UserOffset = message.UserOffset,
            Subject = message.Sequence,
            Text = submission.Text,
        });
        return Settlement.Recorded;
    }
}
