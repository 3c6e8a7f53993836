using Messaging.Service.Ledger;

namespace Messaging.Service.Sync;

/// <summary>
/// Ends a stream whose client leaves refused messages lying (protocol §4): past as many as may wait, or where none has
/// come again for too long.
/// </summary>
internal sealed class FenceWatch : IDisposable
{
    private readonly TimeSpan _patience;
    private readonly StreamLife _life;
    private readonly ITimer _timer;
    private ILedgerStream? _stream;

    public FenceWatch(TimeSpan patience, StreamLife life, TimeProvider time)
    {
        (_patience, _life) = (patience, life);
        _timer = time.CreateTimer(_ => OnTimeout(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A message has been settled. On the ledger's thread: it only leaves word.</summary>
    public void Heed(SendMessage message)
    {
        if (message.Settlement == Settlement.FenceFull)
            _life.End(Ending.FenceFull);
        else if (message.Stream is { IsFenced: true } stream)
        {
            _stream = stream;
            _timer.Change(_patience, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void OnTimeout()
    {
        if (_stream is { IsFenced: true })
            _life.End(Ending.FencedTooLong);
    }
}
