using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.V1;

namespace Messaging.Service.Sync;

/// <summary>One stream's write loop, the only one that writes to it: answers first, then the queue's entries.</summary>
internal sealed class DownstreamLoop(
    FrameWriter writer, QueueWalk walk, Answers answers, Outbox outbox, StreamLife life, Heartbeat heartbeat,
    AwarenessBox awareness, StreamTally tally, ILedger ledger)
{
    private const int KeptCapacity = 256;

    private readonly List<Frame> _frames = [];
    private List<Taken> _answered = [];

    /// <summary>Ends when the stream's life is over and what its ending asks for is done.</summary>
    public async Task RunAsync(SignalOffset start)
    {
        // Protocol §2: the first position signal, before anything else.
        await writer.AddAsync(PositionFrames.At(start));
        while (true)
        {
            await GoRoundAsync();
            if (IsOver())
                return;
            if (!MayRead())
                await life.Kick.WaitAsync();
        }
    }

    // The page is read before the answers are drained: the ledger hands answers over before it raises the head, so
    // those that belong before an entry of the page are there, and are written first (protocol §4).
    private async ValueTask GoRoundAsync()
    {
        var page = MayRead() ? await walk.ReadAsync(life.Working) : null;
        var due = outbox.Drain(_answered);
        var hasWritten = false;
        foreach (var taken in due)
        {
            tally.Answered(taken);
            if (answers.To(taken) is not { } answer)
                continue;
            await writer.AddAsync(answer);
            hasWritten = true;
        }

        if (page is not null)
            walk.Take(page, _frames);
        var entries = page is null ? 0 : _frames.Count - walk.Passed.Count;
        awareness.Drain(_frames);
        foreach (var frame in _frames)
            await writer.AddAsync(frame);

        hasWritten |= _frames.Count > 0;
        if (heartbeat.IsDue() && !hasWritten)
        {
            await writer.AddAsync(PositionFrames.At(walk.Confirmed));
            hasWritten = true;
        }

        await writer.FlushAsync();
        tally.WentRound(entries, walk.Stalls);
        if (page is not null)
            await PassOverAsync();
        if (hasWritten)
            heartbeat.FrameWent();
        outbox.Release(due.Count);
        Empty(due);
    }

    // Waits for room in the ledger's queue, never for the peer.
    private async ValueTask PassOverAsync()
    {
        foreach (var hole in walk.Passed)
            await ledger.SubmitAsync(hole, life.Working);
    }

    private bool MayRead() => life.Ending is null or { Manner: EndingManner.Served } && walk.WantsPage();

    private bool IsOver()
    {
        if (life.Ending is not { } ending)
            return false;
        life.StopReading();
        return ending.Manner switch
        {
            EndingManner.AtOnce => true,
            EndingManner.Answered => life.HasTakenAll && outbox.Unanswered == 0,
            _ => life.HasTakenAll && outbox.Unanswered == 0 && !walk.WantsPage(),
        };
    }

    private void Empty(List<Taken> due)
    {
        due.Clear();
        _frames.Clear();

        // A burst does not make an idle stream dear.
        if (due.Capacity > KeptCapacity)
            due.Capacity = 0;
        if (_frames.Capacity > KeptCapacity)
            _frames.Capacity = 0;
        _answered = due;
    }
}
