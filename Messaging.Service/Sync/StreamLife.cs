namespace Messaging.Service.Sync;

/// <summary>How one stream comes to its end: decided once, by whoever comes first. Safe for concurrent use.</summary>
internal sealed class StreamLife : IDisposable
{
    private readonly CancellationToken _peerGone;
    private readonly CancellationTokenSource _reading;
    private readonly CancellationTokenSource _working;
    private Ending? _ending;
    private volatile bool _hasTakenAll;

    /// <param name="kick">Wakes the write loop, which does what an ending asks for.</param>
    /// <param name="peerGone">The call has been cut off.</param>
    public StreamLife(Kick kick, CancellationToken peerGone)
    {
        Kick = kick;
        _peerGone = peerGone;
        _reading = CancellationTokenSource.CreateLinkedTokenSource(peerGone);
        _working = CancellationTokenSource.CreateLinkedTokenSource(peerGone);
    }

    /// <summary>Wakes the write loop.</summary>
    public Kick Kick { get; }

    /// <summary>No further frame will be taken.</summary>
    public bool HasTakenAll => _hasTakenAll;

    /// <summary>How it ends; null while it goes on.</summary>
    public Ending? Ending => Volatile.Read(ref _ending) ?? (_peerGone.IsCancellationRequested ? Ending.Gone : null);

    public bool IsPeerGone => _peerGone.IsCancellationRequested;

    /// <summary>Cancelled when no further frame is to be taken.</summary>
    public CancellationToken Reading => _reading.Token;

    /// <summary>Cancelled when nothing is to be done any more.</summary>
    public CancellationToken Working => _working.Token;

    /// <summary>
    /// Lets the stream end so, unless it ends already, and not less abruptly. From any thread; it only leaves word, the
    /// write loop acts.
    /// </summary>
    public void End(Ending ending)
    {
        while (true)
        {
            var current = Volatile.Read(ref _ending);
            if (current is not null && current.Manner >= ending.Manner)
                return;
            if (Interlocked.CompareExchange(ref _ending, ending, current) == current)
                break;
        }

        Kick.Set();
    }

    /// <summary>The read loop is done.</summary>
    public void TookAll()
    {
        _hasTakenAll = true;
        Kick.Set();
    }

    public void StopReading() => _reading.Cancel();

    public void StopWorking()
    {
        _reading.Cancel();
        _working.Cancel();
    }

    public void Dispose()
    {
        _reading.Dispose();
        _working.Dispose();
    }
}
