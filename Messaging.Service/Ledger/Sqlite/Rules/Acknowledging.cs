using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Service.Ledger.Sqlite.Rules;

/// <summary>
/// Moves cursors, and the <c>received</c> watermarks that follow from them (protocol §5, §6). Of a device's
/// acknowledgements in one batch the highest is recorded, once, at the batch's end. Writer's thread only.
/// </summary>
internal sealed class Acknowledging(Recorder recorder)
{
    private readonly List<DeviceState> _due = [];
    private readonly List<(Acknowledge Submission, DeviceState Device)> _unanswered = [];

    public Settlement Take(Acknowledge submission, DeviceState device)
    {
        if (submission.UpTo > device.User.Head)
        {
            submission.Cursor = device.Cursor;
            return Settlement.OutOfRange;
        }

        Note(device, submission.UpTo);

        // Where the cursor stands is said once the batch has moved it.
        _unanswered.Add((submission, device));
        return Settlement.Recorded;
    }

    /// <summary>Keeps an acknowledgement that is not past the head until the batch ends.</summary>
    public void Note(DeviceState device, SignalOffset upTo)
    {
        if (upTo <= device.Cursor || upTo <= device.AcknowledgedInBatch)
            return;
        if (device.AcknowledgedInBatch == SignalOffset.None)
            _due.Add(device);
        device.AcknowledgedInBatch = upTo;
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

    /// <summary>The batch failed; the devices have been set back.</summary>
    public void Clear()
    {
        _due.Clear();
        _unanswered.Clear();
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
            RecordReceived(device, recorder.LookUps.Covered(user, behind, acknowledged));

        // Entries behind that came on this very stream have been delivered by their answers; those of an earlier
        // stream are still to be sent (protocol §4).
        var cursor = device.OwnRuns.Pass(acknowledged);
        recorder.Record(new CursorRecord(recorder.NextHeader(device) with
        {
            Cursor = cursor,
            SettledTo = cursor > behind ? cursor : SignalOffset.None,
        }));
    }

    /// <summary>
    /// Moves the user's watermark in each conversation and tells every member whose messages that newly covers.
    /// </summary>
    private void RecordReceived(DeviceState device, List<CoveredMessage> covered)
    {
        foreach (var messages in covered.GroupBy(message => message.Conversation))
        {
            var conversation = recorder.Active.GetConversation(messages.Key);
            var watermark = conversation.MemberOf(device.User.Key).Received;
            var newly = messages.Where(message => message.UserOffset > watermark).ToList();
            if (newly.Count == 0)
                continue;

            recorder.Record(new ReceiptRecord(recorder.NextHeader(device) with
            {
                Entries = [.. newly.Select(message => recorder.NextEntry(message.Author, message.Id))],
            })
            {
                Kind = ReceiptKind.Received,
                Conversation = conversation.Key,
                UpTo = newly.Max(message => message.UserOffset),
            });
        }
    }
}
