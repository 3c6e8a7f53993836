namespace Messaging.Client.Connection;

/// <summary>What one watcher has not seen yet: the newest of each sender, in the order in which they came.</summary>
internal sealed class NewestAwareness
{
    private const int MostSenders = 64;

    private readonly Lock _gate = new();
    private readonly WorkSignal _arrived = new();
    private readonly LinkedList<Awareness> _unseen = [];
    private bool _isComplete;

    public void Offer(Awareness awareness)
    {
        lock (_gate)
        {
            for (var node = _unseen.First; node is not null; node = node.Next)
            {
                if (node.Value.From != awareness.From)
                    continue;
                _unseen.Remove(node);
                break;
            }
            if (_unseen.Count == MostSenders)
                _unseen.RemoveFirst();
            _unseen.AddLast(awareness);
        }
        _arrived.Set();
    }

    public void Complete()
    {
        lock (_gate)
            _isComplete = true;
        _arrived.Set();
    }

    /// <summary>The oldest unseen; null at the end.</summary>
    public async ValueTask<Awareness?> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_unseen.First is { } first)
                {
                    _unseen.RemoveFirst();
                    return first.Value;
                }
                if (_isComplete)
                    return null;
            }
            await _arrived.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
