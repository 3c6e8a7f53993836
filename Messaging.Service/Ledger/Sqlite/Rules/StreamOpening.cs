namespace Messaging.Service.Ledger.Sqlite.Rules;

/// <summary>Opens a stream of a device (protocol §2, §11). Writer's thread only.</summary>
internal sealed class StreamOpening(
    Recorder recorder, Acknowledging acknowledging, QueueReaders readers, LedgerOptions options,
    LedgerCondition condition)
{
    public Settlement Take(OpenStream submission)
    {
        var user = recorder.Active.FindUser(submission.Device.User);
        var device = user is null ? null : recorder.Active.FindDevice(user, submission.Device.Device);
        if (device is { IsRevoked: true })
            return Settlement.Revoked;

        var head = user?.Head ?? SignalOffset.None;
        if (submission.Position > head)
        {
            submission.Head = head;
            condition.Doubted($"{submission.Device.User}/{submission.Device.Device} stood at {submission.Position}, and the head is {head}");
            return Settlement.OutOfRange;
        }

        user ??= recorder.Active.GetOrAddUser(submission.Device.User);
        var start = SignalOffset.None;
        if (device is null)
        {
            if (recorder.Active.DevicesInUse(user).Count() >= options.MaxDevices)
                return Settlement.TooMany;
            device = recorder.Active.AddDevice(user, submission.Device.Device, recorder.Now);
            start = submission.StartAtHead ? head : SignalOffset.None;
        }
        else
        {
            // What the older stream acknowledged before this moment still counts.
            acknowledging.Record(device);
        }

        var header = recorder.NextHeader(device);
        recorder.Record(new StreamRecord(header with { Stream = new StreamNumber(header.Sequence), Cursor = start }));

        submission.Stream = new LedgerStream(
            user, device, device.Stream, submission.Listener, readers, options.MaxFenced);
        submission.Cursor = device.Cursor;
        submission.Head = user.Head;
        return Settlement.Recorded;
    }
}
