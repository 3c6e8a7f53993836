using Messaging.V1;

namespace Messaging.Service.Sync;

/// <summary>
/// Statuses on their way to one device (protocol §7). A device that keeps up gets each; for one that does not, only the
/// newest of each sender is kept. Safe for concurrent use.
/// </summary>
internal sealed class AwarenessBox(int most)
{
    private readonly Lock _gate = new();
    private List<Frame>? _frames;
    private volatile bool _hasSome;

    public void Offer(Frame frame)
    {
        lock (_gate)
        {
            _frames ??= [];
            if (_frames.Count >= most)
                KeepNewestOfEach(_frames);
            if (_frames.Count >= most)
                _frames.RemoveAll(kept => kept.Signal.From.User == frame.Signal.From.User);

            // It may be dropped (protocol §7): as many senders as may be kept are, so this one is not.
            if (_frames.Count < most)
                _frames.Add(frame);
            _hasSome = true;
        }
    }

    /// <summary>Moves what is there to the end of a list. For the write loop.</summary>
    public void Drain(List<Frame> into)
    {
        if (!_hasSome)
            return;
        lock (_gate)
        {
            into.AddRange(_frames!);
            _frames = null;
            _hasSome = false;
        }
    }

    private static void KeepNewestOfEach(List<Frame> frames)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        frames.Reverse();
        frames.RemoveAll(frame => !seen.Add(frame.Signal.From.User));
        frames.Reverse();
    }
}
