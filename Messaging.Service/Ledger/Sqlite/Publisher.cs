using Messaging.Service.Ledger.Sqlite.Retaining;
using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>
/// Tells the streams of a batch that is on disk: settlements first, in order, then, when the heads have risen, one wake
/// per stream that has something to answer or to read. Writer's thread only.
/// </summary>
internal sealed class Publisher
{
    private readonly List<LedgerStream> _toWake = [];
    private readonly List<AccountWork> _toHandBack = [];

    /// <summary>
    /// Hands every submission back, in the order in which they came. Before the heads rise: whoever sees an entry finds
    /// every answer with a lower offset waiting already (protocol §4).
    /// </summary>
    public void Settle(List<Submission> batch)
    {
        foreach (var submission in batch)
            Settle(submission);
    }

    /// <summary>Wakes every stream concerned, once what the batch changed can be seen.</summary>
    public void Wake(List<StagedState> changed)
    {
        foreach (var state in changed)
        {
            if (state is UserState { IsHeadRaised: true } user)
            {
                user.Streams.RemoveAll(stream => stream.Listener is null);
                foreach (var stream in user.Streams)
                    WakeLater(stream);
            }
            else if (state is DeviceState { IsRevoked: true } device)
                Revoke(device);
        }

        foreach (var stream in _toWake)
        {
            stream.IsWakeDue = false;
            stream.Listener?.Wake();
        }

        _toWake.Clear();

        foreach (var work in _toHandBack)
            work.HandBack();
        _toHandBack.Clear();
    }

    private void Settle(Submission submission)
    {
        switch (submission)
        {
            case OpenStream { Settlement: Settlement.Recorded, Stream: LedgerStream opened } open:
                Replace(opened);
                open.Listener.OnSettled(submission);
                WakeLater(opened);
                break;
            case OpenStream open:
                open.Listener.OnSettled(submission);
                break;
            case RetentionStep step:
                step.HandBack();
                break;
            case AccountWork work:
                _toHandBack.Add(work);
                break;
            default:
                var stream = (LedgerStream)submission.Stream!;
                stream.Listener?.OnSettled(submission);
                WakeLater(stream);
                break;
        }
    }

    /// <summary>The device has been removed from its account (protocol §11).</summary>
    private static void Revoke(DeviceState device) => device.User.Streams.RemoveAll(stream =>
    {
        if (stream.State == device)
            stream.Listener?.OnRevoked();
        return stream.State == device;
    });

    private void WakeLater(LedgerStream stream)
    {
        if (stream.IsWakeDue)
            return;
        stream.IsWakeDue = true;
        _toWake.Add(stream);
    }

    /// <summary>The stream that has been opened takes the place of the device's earlier one (protocol §2).</summary>
    private static void Replace(LedgerStream opened)
    {
        opened.User.Streams.RemoveAll(stream =>
        {
            if (stream.State == opened.State)
                stream.Listener?.OnReplaced();
            return stream.State == opened.State || stream.Listener is null;
        });
        opened.User.Streams.Add(opened);
    }
}
