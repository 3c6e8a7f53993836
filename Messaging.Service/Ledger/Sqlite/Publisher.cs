using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>
/// Lets a batch be seen that is on disk: settlements first, in order, then one wake per stream that has something to
/// answer or to read. Writer's thread only.
/// </summary>
internal sealed class Publisher
{
    private readonly List<LedgerStream> _toWake = [];

    /// <summary>Tells every stream concerned.</summary>
    /// <param name="batch">What is settled, in the order in which it came.</param>
    /// <param name="changed">What the batch changed, published.</param>
    public void Publish(List<Submission> batch, List<StagedState> changed)
    {
        foreach (var submission in batch)
            Settle(submission);

        foreach (var state in changed)
        {
            if (state is UserState { IsHeadRaised: true } user)
            {
                user.Streams.RemoveAll(stream => stream.Listener is null);
                foreach (var stream in user.Streams)
                    WakeLater(stream);
            }
        }

        foreach (var stream in _toWake)
        {
            stream.IsWakeDue = false;
            stream.Listener?.Wake();
        }

        _toWake.Clear();
    }

    private void Settle(Submission submission)
    {
        switch (submission)
        {
            case OpenStream { Settlement: Settlement.Recorded, Stream: LedgerStream opened } open:
                Replace(opened);
                open.Listener.OnSettled(submission);
                break;
            case OpenStream open:
                open.Listener.OnSettled(submission);
                break;
            default:
                var stream = (LedgerStream)submission.Stream!;
                stream.Listener?.OnSettled(submission);
                WakeLater(stream);
                break;
        }
    }

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
