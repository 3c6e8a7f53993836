using System.Collections.Immutable;
using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Service.Ledger.Sqlite.Rules;

/// <summary>
/// Accepts a message (protocol §4): one row gives it its place in the conversation and an entry in the sequence of
/// every member, the sender included. Writer's thread only.
/// </summary>
internal sealed class Sending(Recorder recorder, int quota)
{
    /// <summary>The fences that the batch under way has changed.</summary>
    private readonly List<Fence> _touched = [];

    public Settlement Take(SendMessage submission, DeviceState sender, Fence fence)
    {
        submission.HasWaited = fence.Holds(submission.Lane, submission.Id);
        if (submission.IsOverRate)
            return Refuse(submission, fence, Settlement.OverRate);

        var author = submission.Author is { } name ? recorder.Active.GetOrAddUser(name) : sender.User;
        PassStored(submission, author, fence);
        var settlement = fence.Admits(submission.Lane, submission.Id)
            ? Accept(submission, sender, author)
            : FindStored(submission, author); // a repeat is answered whatever the fence says

        if (settlement is not { } settled)
            return Refuse(submission, fence, Settlement.Fenced);
        if (settled == Settlement.OverQuota)
            return Refuse(submission, fence, Settlement.OverQuota);
        if (fence.IsUp)
            Touch(fence).Take(submission.Lane, submission.Id);
        return settled;
    }

    /// <summary>A message was refused for good before it came here: those behind it need not wait for it.</summary>
    public Settlement Take(Withdraw submission, Fence fence)
    {
        if (fence.IsUp)
            submission.HasWaited = Touch(fence).Take(submission.Id);
        return Settlement.Recorded;
    }

    /// <summary>
    /// A failing store refuses repeats of what it holds like anything else; nobody has to wait for those to come again.
    /// </summary>
    private void PassStored(SendMessage submission, UserState author, Fence fence)
    {
        while (fence.FirstWaiting(submission.Lane) is { } first
            && first != submission.Id
            && recorder.Journal.FindMessage(author.Key, first) is not null)
            Touch(fence).Take(submission.Lane, first);
    }

    /// <summary>The batch is on disk.</summary>
    public void Commit()
    {
        foreach (var fence in _touched)
            fence.Commit();
        _touched.Clear();
    }

    /// <summary>The batch failed: each of its messages is refused for now, and raises the fence.</summary>
    public void RollBack(IEnumerable<Submission> batch)
    {
        foreach (var fence in _touched)
            fence.RollBack();
        _touched.Clear();

        foreach (var submission in batch)
        {
            var fence = (submission.Stream as LedgerStream)?.Fence;
            if (submission is SendMessage message)
            {
                message.HasWaited = fence!.Holds(message.Lane, message.Id);
                message.Settlement = Refuse(message, fence, Settlement.Unavailable);
            }
            else if (submission is Withdraw withdraw)
            {
                // It changes nothing on disk: that the disk failed is no reason to go on waiting.
                withdraw.HasWaited = Touch(fence!).Take(withdraw.Id);
            }
        }

        Commit();
    }

    private Settlement Refuse(SendMessage submission, Fence fence, Settlement because) =>
        Touch(fence).Hold(submission.Lane, submission.Id) ? because : Settlement.FenceFull;

    private Settlement? Accept(SendMessage submission, DeviceState sender, UserState user)
    {
        var recipient = submission.Recipient == user.Name ? user : recorder.Active.FindUser(submission.Recipient);

        // What was stored before is answered whatever the policy says now (protocol §4), and who may not write learns
        // nothing else.
        if (!recorder.MayWrite(user, submission.Recipient, recipient))
            return FindStored(submission, user) ?? Settlement.NotPermitted;
        recipient ??= recorder.Active.GetOrAddUser(submission.Recipient);
        var conversation = recorder.Active.GetOrAddConversation(user.Key, recipient.Key);

        // A full sequence or timeline refuses before anything is stored, but never a repeat (protocol §10, §4).
        if (user.Head == SignalOffset.Last || recipient.Head == SignalOffset.Last || conversation.Head == UserOffset.Last)
            return FindStored(submission, user) ?? Settlement.OutOfRange;
        if (recipient.Head.Value - recipient.FurthestCursor.Value > quota)
            return FindStored(submission, user) ?? Settlement.OverQuota;

        var own = new SequenceEntry(user.Key, user.Name, user.Head.Next(), About: "");
        ImmutableArray<SequenceEntry> entries = recipient == user
            ? [own]
            : [own, new SequenceEntry(recipient.Key, recipient.Name, recipient.Head.Next(), About: "")];
        var isOwn = user == sender.User;
        var message = new MessageRecord(
            isOwn ? recorder.NextOwnHeader(sender, own.Offset, entries) : recorder.NextHeaderAs(user, sender, own.Offset, entries))
        {
            Id = submission.Id,
            Conversation = conversation.Key,
            UserOffset = conversation.Head.Next(),
            Body = submission.Body,
            Digest = submission.Digest,
        };
        if (!(isOwn ? recorder.RecordOwn(message, sender, own.Offset) : recorder.Record(message)))
            return FindStored(submission, user);

        Fill(submission, message);
        return Settlement.Recorded;
    }

    /// <summary>The same message again is answered with the original offsets, however late (protocol §4).</summary>
    private Settlement? FindStored(SendMessage submission, UserState author)
    {
        if (recorder.Journal.FindMessage(author.Key, submission.Id) is not { } stored)
            return null;
        if (stored.Digest != submission.Digest)
            return Settlement.IdTaken;

        Fill(submission, stored);
        return Settlement.Repeated;
    }

    private static void Fill(SendMessage submission, MessageRecord message)
    {
        // The author's entry comes first; one in whose name another sends it hears no answer.
        submission.SignalOffset = submission.Author is null ? message.Entries[0].Offset : SignalOffset.None;
        submission.UserOffset = message.UserOffset;
        submission.RecordedAt = message.RecordedAt;
    }

    private Fence Touch(Fence fence)
    {
        if (!fence.IsTouched)
            _touched.Add(fence);
        return fence;
    }
}
