using System.Runtime.CompilerServices;

namespace Messaging.Client.Connection;

/// <summary>Tells any number of watchers what others are doing; one that does not keep up gets the newest.</summary>
internal sealed class AwarenessFeed
{
    private readonly Lock _gate = new();
    private readonly List<NewestAwareness> _watchers = [];
    private bool _isComplete;

    public void Publish(Awareness awareness)
    {
        lock (_gate)
        {
            foreach (var watcher in _watchers)
                watcher.Offer(awareness);
        }
    }

    /// <summary>Nothing more comes: watchers end after what they have not seen yet.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            foreach (var watcher in _watchers)
                watcher.Complete();
        }
    }

    /// <summary>Everything published from the first step on, but for what a newer one has replaced.</summary>
    public async IAsyncEnumerable<Awareness> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watcher = Watch();
        try
        {
            while (await watcher.NextAsync(cancellationToken).ConfigureAwait(false) is { } next)
                yield return next;
        }
        finally
        {
            lock (_gate)
                _watchers.Remove(watcher);
        }
    }

    private NewestAwareness Watch()
    {
        var watcher = new NewestAwareness();
        lock (_gate)
        {
            if (_isComplete)
                watcher.Complete();
            else
                _watchers.Add(watcher);
        }
        return watcher;
    }
}
