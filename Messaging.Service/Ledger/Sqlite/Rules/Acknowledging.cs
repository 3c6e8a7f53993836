using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Service.Ledger.Sqlite.Rules;

/// <summary>
/// Moves cursors, and the <c>received</c> watermarks that follow from them (protocol §5, §6). Of a device's
/// acknowledgements in one batch the highest is recorded, once, at the batch's end. Writer's thread only.
/// </summary>
internal sealed class Acknowledging(Recorder recorder)
{
    private readonly List<DeviceState> _due = [];
    private readonly List<SequenceEntry> _told = [];
    private readonly List<CoveredMessage> _covered = [];
    private readonly List<(Acknowledge Submission, DeviceState Device)> _unanswered = [];

    public Settlement Take(Acknowledge submission, DeviceState device)
    {
        if (submission.UpTo > device.User.Head)
        {
            submission.Cursor = device.Cursor;
            return Settlement.OutOfRange;
        }

        submission.IsPastCursor = Note(device, submission.UpTo);

        // Where the cursor stands is said once the batch has moved it.
        _unanswered.Add((submission, device));
        return Settlement.Recorded;
    }

    public Settlement Take(PassOver submission, DeviceState device)
    {
        Record(device); // what is acknowledged up to them makes them next in line
        if (submission.Last <= device.Cursor)
            return Settlement.Recorded;

        recorder.Tell(device, submission.First, submission.Last);
        var cursor = device.Told.Pass(device.Cursor);
        if (cursor > device.Cursor)
            recorder.Record(new CursorRecord(recorder.NextHeader(device, cursor: cursor)));
        return Settlement.Recorded;
    }

    /// <summary>Keeps an acknowledgement that is not past the head until the batch ends.</summary>
    /// <returns>Whether it is past the cursor, as what came before it in the batch will have moved it.</returns>
    public bool Note(DeviceState device, SignalOffset upTo)
    {
        if (upTo <= device.Cursor || upTo <= device.Told.Pass(device.AcknowledgedInBatch))
            return false;
        if (device.AcknowledgedInBatch == SignalOffset.None)
            _due.Add(device);
        device.AcknowledgedInBatch = upTo;
        return true;
    }

    /// <summary>The batch ends: records what is due, and fills in the answers.</summary>
    public void RecordDue()
    {
        foreach (var device in _due)
            Record(device);
        foreach (var (submission, device) in _unanswered)
            submission.Cursor = device.Cursor;
        Clear();
    }

    /// <summary>The batch is over, or failed: what was acknowledged in it and not recorded is as if it never came.</summary>
    public void Clear()
    {
        foreach (var device in _due)
            device.AcknowledgedInBatch = SignalOffset.None;
        _due.Clear();
        _unanswered.Clear();
        _told.Clear();
    }

    /// <summary>Records what a device has acknowledged in this batch.</summary>
    public void Record(DeviceState device)
    {
        var acknowledged = device.AcknowledgedInBatch;
        device.AcknowledgedInBatch = SignalOffset.None;
        if (acknowledged <= device.Cursor)
            return;

        var user = device.User;
        var behind = user.Settled;
        if (acknowledged > behind)
        {
            _covered.Clear();
            recorder.LookUps.AddCovered(user, behind, acknowledged, _covered);
            RecordReceived(device, _covered);
        }

        // Entries behind that came on this very stream have been delivered by their answers; those of an earlier
        // stream are still to be sent (protocol §4).
        var cursor = device.Told.Pass(acknowledged);
        recorder.Record(new CursorRecord(recorder.NextHeader(
            device, cursor: cursor, settledTo: cursor > behind ? cursor : SignalOffset.None)));
    }

    /// <summary>
    /// Moves the user's watermark in each conversation and tells every member whose messages that newly covers.
    /// </summary>
    private void RecordReceived(DeviceState device, List<CoveredMessage> covered)
    {
        covered.Sort(static (one, other) => one.Conversation.Value.CompareTo(other.Conversation.Value));
        for (var next = 0; next < covered.Count;)
        {
            var conversation = recorder.Active.GetConversation(covered[next].Conversation);
            var watermark = conversation.MemberOf(device.User.Key).Received;
            var upTo = watermark;
            for (; next < covered.Count && covered[next].Conversation == conversation.Key; next++)
            {
                var message = covered[next];
                if (message.UserOffset <= watermark)
                    continue;
                _told.Add(recorder.NextEntry(message.Author, message.Id));
                upTo = message.UserOffset > upTo ? message.UserOffset : upTo;
            }

            if (_told.Count == 0)
                continue;
            recorder.Record(new ReceiptRecord(recorder.NextHeader(device, [.. _told]))
            {
                Kind = ReceiptKind.Received,
                Conversation = conversation.Key,
                UpTo = upTo,
            });
            _told.Clear();
        }
    }
}
