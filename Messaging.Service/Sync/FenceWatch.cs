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
    private readonly TimeProvider _time;
    private ITimer? _timer; // of a stream that has been fenced: few ever are
    private ILedgerStream? _stream;
    private bool _isRunning;

    public FenceWatch(TimeSpan patience, StreamLife life, TimeProvider time) =>
        (_patience, _life, _time) = (patience, life, time);

    /// <summary>Something has been settled. On the ledger's thread: it only leaves word.</summary>
    public void Heed(Submission submission)
    {
        switch (submission)
        {
            case SendMessage { Settlement: Settlement.FenceFull }:
                _life.End(Ending.FenceFull);
                break;
            case SendMessage message:
                Heed(message.Stream, message.HasWaited);
                break;
            case Withdraw withdraw:
                Heed(withdraw.Stream, withdraw.HasWaited);
                break;
        }
    }

    // One that is made just then finds the stream's life over, and ends nothing.
    public void Dispose() => _timer?.Dispose();

    // Only what has waited comes again: a client that goes on with other messages has not sent it (protocol §4).
    private void Heed(ILedgerStream? stream, bool hasWaited)
    {
        if (stream is not { IsFenced: true })
            _isRunning = false;
        else if (hasWaited || !_isRunning)
        {
            (_stream, _isRunning) = (stream, true);
            _timer ??= _time.CreateTimer(_ => OnTimeout(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(_patience, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnTimeout()
    {
        if (_stream is { IsFenced: true })
            _life.End(Ending.FencedTooLong);
    }
}
